// An application that uses `alwayson gateway`: a pump with a pressure.
//
//     node application.mjs [GATEWAY] [THING]
//
// It registers its Thing, answers requests of the platform, writes its pressure once a
// second, and unregisters at the end. It requires Node 18 or newer, and no packages.

import http from "node:http";

const gateway = process.argv[2] ?? "http://127.0.0.1:8000";
const thing = process.argv[3] ?? "Pump";
const properties = { Pressure: 2.5 };

async function ask(method, path, body) {
  const answer = await fetch(`${gateway}/Thingworx/${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

const local = (service, parameters) =>
  ask("POST", `Things/LocalEms/Services/${service}`, parameters);

// Answers requests of the platform to the Thing.
const server = http.createServer(async (request, response) => {
  let text = "";
  for await (const part of request) text += part;
  const row = text ? JSON.parse(text).rows[0] : {};
  const [kind, name] = request.url.split("/").slice(-2).map(decodeURIComponent);
  const answer = (status, body) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(body === undefined ? "" : JSON.stringify(body));
  };
  if (request.method === "GET" && name in properties) {
    answer(200, { [name]: properties[name] });
  } else if (request.method === "PUT") {
    Object.assign(properties, row);
    answer(200);
  } else if (kind === "Services" && name === "Add") {
    answer(200, row.a + row.b);
  } else {
    answer(404, { reason: `no ${kind} ${name}` });
  }
});

server.listen(0, "127.0.0.1", async () => {
  const { port } = server.address();
  await local("AddEdgeThing", { name: thing, host: "127.0.0.1", port });
  console.log("registered");
  const timer = setInterval(async () => {
    try {
      await ask("PUT", `Things/${encodeURIComponent(thing)}/Properties/*`, properties);
      console.log("written");
    } catch (error) {
      console.log(`not written: ${error.message}`);
    }
  }, 1000);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, async () => {
      clearInterval(timer);
      await local("RemoveEdgeThing", { name: thing });
      console.log("unregistered");
      process.exit(0);
    });
  }
});
