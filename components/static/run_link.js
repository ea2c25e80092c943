// A run in an address: `#run=1.` and its run file, compressed by the browser, as base64url.
const links = (() => {
  const FRAGMENT = "#run=";
  const [VERSION, FORMAT] = ["1", "gzip"];
  const through = (data, transform) => new Response(new Blob([data]).stream().pipeThrough(transform));

  return {
    of: (fragment) => location.origin + location.pathname + FRAGMENT + fragment,
    // What stands behind `#run=` in the page's address; nothing else in it is ours.
    opened: () => (location.hash.startsWith(FRAGMENT) ? location.hash.slice(FRAGMENT.length) : ""),
    // The fragment for the text of a run file.
    make: async (text) => {
      const packed = new Uint8Array(await through(text, new CompressionStream(FORMAT)).arrayBuffer());
      const encoded = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(""));
      return VERSION + "." + encoded.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    },
    // And back. The server has read this one: of those it takes no large ones.
    file: (fragment) => {
      const [, encoded] = fragment.match(/^\d+\.([\w-]*)/);
      const characters = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
      const packed = Uint8Array.from(characters, (character) => character.charCodeAt(0));
      return through(packed, new DecompressionStream(FORMAT)).blob();
    },
  };
})();

// What is in a link is said before it can be copied. A run that has none is offered as a file, beside it.
class LinkOffer {
  constructor(button) {
    this.button = button; // opens and closes it
    this.close();
  }

  open(told, fragment) {
    this.fragment = fragment;
    put(find(".run-link p"), told);
    find('[data-do="copyLink"]').hidden = !fragment;
    this.expand(true);
  }

  // Of a run as the server gives it.
  make({ told, link }) {
    if (!link) return this.open(told, "");
    return links.make(link).then((fragment) => this.open(told, fragment), () => this.open(words.link_unable, ""));
  }

  close() {
    this.fragment = "";
    this.expand(false);
  }

  expand(opened) {
    this.opened = opened;
    find(".run-link").hidden = !opened;
    this.button?.setAttribute("aria-expanded", String(opened));
  }

  // Its button was clicked, of which there may be several. Whether it is to be made.
  asked(button) {
    const again = this.opened && button === this.button;
    this.close();
    this.button = button;
    return !again;
  }

  copy(button) {
    return copy(button, links.of(this.fragment), words.link_copy);
  }
}
