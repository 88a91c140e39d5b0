// stdin: {key, secret, tokens: [JWT], make: [{options, grants, sip}]}; stdout: {verified: [claims], made: [JWT]}
import { AccessToken, TokenVerifier } from "livekit-server-sdk";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { key, secret, tokens, make } = JSON.parse(text);
const verifier = new TokenVerifier(key, secret);
const verified = [];
for (const token of tokens) verified.push(await verifier.verify(token));
const made = [];
for (const { options, grants, sip } of make) {
  const token = new AccessToken(key, secret, options);
  if (grants) token.addGrant(grants);
  if (sip) token.addSIPGrant(sip);
  made.push(await token.toJwt());
}
process.stdout.write(JSON.stringify({ verified, made }));
