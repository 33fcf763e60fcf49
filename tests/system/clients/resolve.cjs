// Loaded before a Node program, which then finds the sandbox's front wherever it connects to by TLS.
const tls = require("tls");

const connect = tls.connect;
tls.connect = (options, ...rest) =>
  connect({ ...options, host: "127.0.0.1", port: Number(process.env.FRONT_PORT), servername: options.servername || options.host }, ...rest);
