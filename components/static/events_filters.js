// What of the rows is shown. Choices are what has been seen; nothing is asked of the server.
class Filters {
  constructor(box, changed) {
    this.fields = Object.fromEntries([...box.querySelectorAll("[data-filter]")].map((one) => [one.dataset.filter, one]));
    this.fields.text.placeholder = words.events_filter_text;
    this.reset();
    box.addEventListener("input", () => changed(this.passes()));
  }

  reset() {
    this.seen = { event: new Set(), name: new Set(), type: new Set(), tag: new Set() };
    this.clear();
    for (const kind of Object.keys(this.seen))
      while (this.fields[kind].options.length > 1) this.fields[kind].lastChild.remove();
  }

  clear() {
    for (const field of Object.values(this.fields)) field.value = "";
  }

  see(head) {
    this.choice("event", head.event);
    this.choice("name", head.name);
    this.choice("type", head.type);
    for (const tag of head.tags) this.choice("tag", tag);
  }

  choice(kind, value) {
    if (!value || this.seen[kind].has(value)) return;
    this.seen[kind].add(value);
    this.fields[kind].append(new Option(value, value));
  }

  passes() {
    const { event, name, type, tag, text } = Object.fromEntries(
      Object.entries(this.fields).map(([kind, field]) => [kind, field.value]),
    );
    const wanted = text.trim().toLowerCase();
    // Of what many rows share, it is asked once.
    const known = new Map();
    const head = (one) =>
      (!event || one.event === event) &&
      (!name || one.name === name) &&
      (!type || one.type === type) &&
      (!tag || one.tags.includes(tag));
    return (row) => {
      let fits = known.get(row.head);
      if (fits === undefined) known.set(row.head, (fits = head(row.head)));
      return fits && (!wanted || row.preview.toLowerCase().includes(wanted) || row.head.text.includes(wanted));
    };
  }
}
