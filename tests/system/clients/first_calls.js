// What a program asks Twilio first, by Twilio's package for Node as it is; it writes what it has found as JSON.
const twilio = require("twilio");

const client = twilio(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN);
const conversations = client.conversations.v1;
const sids = (rows) => rows.map((each) => each.sid);

async function main() {
  const found = {};
  const account = await client.api.v2010.accounts(process.env.TWILIO_ACCOUNT_SID).fetch();
  found.account = [account.sid, account.status];
  found.numbers = (await client.incomingPhoneNumbers.list()).map((each) => each.phoneNumber);
  found.services = sids(await conversations.services.list());
  found.configuration = (await conversations.configuration().fetch()).defaultChatServiceSid;
  found.addresses = (await conversations.addressConfigurations.list()).length;
  found.flex = (await client.flexApi.v1.configuration().fetch()).taskrouterWorkspaceSid;

  for (let made = 0; made < 5; made += 1) await conversations.conversations.create({ friendlyName: `${made}` });
  // Two a page: the client follows the URLs of the pages that come after.
  const listed = await conversations.conversations.list({ pageSize: 2 });
  found.conversations = listed.length;
  found.url = listed[0].url;

  const workspace = client.taskrouter.v1.workspaces(found.flex);
  found.workers = (await workspace.workers.list()).length;
  found.available = (await workspace.taskQueues.list({ limit: 1 })).length;
  console.log(JSON.stringify(found));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
