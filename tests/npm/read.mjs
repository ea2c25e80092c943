// What the front ends' own clients make of each question to /run_stream, as JSON: `node - ADDRESS QUESTIONS`.
import { HttpAgent } from "@ag-ui/client";
import { DefaultChatTransport, readUIMessageStream } from "ai";

console.error = () => {}; // the clients print what they throw

const agUi = async (url, { said, message }) => {
  const events = [];
  const agent = new HttpAgent({ url: `${url}/run_stream?format=ag-ui`, threadId: "a thread" });
  const turns = said.map(([role, content], at) => ({ id: String(at), role, content }));
  agent.setMessages([...turns, { id: "last", role: "user", content: message }]);
  const told = { onEvent: ({ event }) => void events.push(event) };
  try {
    const { result, newMessages } = await agent.runAgent({ runId: "a run" }, told);
    const failed = events.find(({ type }) => type === "RUN_ERROR");
    return { events, result, messages: newMessages, error: failed?.message };
  } catch (error) {
    return { events, error: String(error.message) };
  }
};

const aiSdk = async (url, { said, message }) => {
  const transport = new DefaultChatTransport({ api: `${url}/run_stream?format=ai-sdk` });
  const turns = [...said, ["user", message]];
  const messages = turns.map(([role, text], at) => ({ id: String(at), role, parts: [{ type: "text", text }] }));
  const [chunks, errors] = [[], []];
  let last;
  try {
    const stream = await transport.sendMessages({ chatId: "a chat", trigger: "submit-message", messages });
    const seen = stream.pipeThrough(
      new TransformStream({
        transform: (chunk, controller) => {
          chunks.push(chunk);
          controller.enqueue(chunk);
        },
      }),
    );
    const onError = (error) => errors.push(String(error.message));
    for await (const read of readUIMessageStream({ stream: seen, onError })) last = read;
  } catch (error) {
    errors.push(String(error.message));
  }
  return { chunks, message: last, error: errors[0] };
};

const [url, questions] = process.argv.slice(2);
const answers = [];
for (const asked of JSON.parse(questions)) answers.push({ agUi: await agUi(url, asked), aiSdk: await aiSdk(url, asked) });
console.log(JSON.stringify(answers));
