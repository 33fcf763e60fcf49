// Serves the functions of a Flex project, from its folder, by the runtime that Twilio publishes for developers' machines.
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");

const project = createRequire(path.join(process.cwd(), "package.json"));
const { LocalDevelopmentServer } = project("@twilio/runtime-handler/dev");
const baseDir = path.join(process.cwd(), "src");
const root = path.join(baseDir, "functions");

const functions = fs
  .readdirSync(root, { recursive: true })
  .filter((file) => file.endsWith(".js"))
  .map((file) => {
    const [, name, access = "public"] = file.match(/^(.*?)(?:\.(private|protected))?\.js$/);
    return { name, path: `/${name}`, access, content: "", filePath: path.join(root, file) };
  });
const server = new LocalDevelopmentServer(0, {
  baseDir,
  env: process.env,
  port: 0,
  url: process.env.FUNCTIONS_URL,
  detailedLogs: false,
  live: false,
  logs: false,
  legacyMode: false,
  appName: "functions",
  forkProcess: false,
  enableDebugLogs: false,
  routes: { functions, assets: [] },
});
server.getApp().listen(process.env.FUNCTIONS_PORT, "127.0.0.1", () => console.log(process.env.FUNCTIONS_PORT));
