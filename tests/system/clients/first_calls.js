// What a program asks Twilio first, by Twilio's package for Node as it is; it writes what it has found as JSON.
const twilio = require("twilio");

const client = twilio(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN);
const conversations = client.conversations.v1;
const sids = (rows) => rows.map((each) => each.sid);

async function setUp(found) {
  const account = await client.api.v2010.accounts(process.env.TWILIO_ACCOUNT_SID).fetch();
  found.account = [account.sid, account.status];
  found.numbers = (await client.incomingPhoneNumbers.list()).map((each) => each.phoneNumber);
  found.services = sids(await conversations.services.list());
  found.configuration = (await conversations.configuration().fetch()).defaultChatServiceSid;
  found.addresses = (await conversations.addressConfigurations.list()).length;
  found.flex = (await client.flexApi.v1.configuration().fetch()).taskrouterWorkspaceSid;
}

async function talk(found) {
  for (let made = 0; made < 4; made += 1) await conversations.conversations.create({ friendlyName: `${made}` });
  const participant = [JSON.stringify({ identity: "ada" }), JSON.stringify({ identity: "ana" })];
  const both = await conversations.conversationWithParticipants.create({ participant });
  found.participants = (await conversations.conversations(both.sid).participants.list()).map((each) => each.identity);
  // Two a page: the client follows the URLs of the pages that come after.
  const listed = await conversations.conversations.list({ pageSize: 2 });
  found.conversations = listed.length;
  found.url = listed[0].url;
}

async function route(found) {
  const workspace = client.taskrouter.v1.workspaces(found.flex);
  const [worker] = await workspace.workers.list({ friendlyName: "ana" });
  const attributes = JSON.stringify({ type: "callback" });
  const task = await workspace.tasks.create({ attributes, routingTarget: worker.sid });
  const reservations = workspace.workers(worker.sid).reservations;
  let [reservation] = await reservations.list({ reservationStatus: "pending" });
  reservation = await reservation.update({ reservationStatus: "accepted" });
  found.reservation = [reservation.taskSid === task.sid, reservation.reservationStatus];
  found.task = (await workspace.tasks(task.sid).fetch()).assignmentStatus;
  found.workers = (await workspace.workers.realTimeStatistics().fetch()).totalWorkers;
  found.assigned = (await workspace.realTimeStatistics().fetch()).tasksByStatus.assigned;
}

async function main() {
  const found = {};
  await setUp(found);
  await talk(found);
  await route(found);
  console.log(JSON.stringify(found));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
