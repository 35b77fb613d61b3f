// An identity provider for the tests of signing in, with its own login pages; lives until its input ends.
// Takes the desk's origin and the client's secret as arguments; its first line of output is its issuer.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [desk, secret] = process.argv.slice(2);

const pairs = [
  ["RS256", generateKeyPairSync("rsa", { modulusLength: 2048 })],
  ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ["Ed25519", generateKeyPairSync("ed25519")],
];
const keys = pairs.map(([name, pair]) => ({ ...pair.privateKey.export({ format: "jwk" }), use: "sig", kid: name }));

// One client for each way to sign, and one for each way to show the secret.
const client = (client_id, more) => ({
  client_id,
  client_secret: secret,
  redirect_uris: [`${desk}/api/oidc/callback`],
  ...more,
});
const clients = [
  ...["RS256", "PS256", "ES256", "Ed25519"].map((alg) => client(alg, { id_token_signed_response_alg: alg })),
  client("public", { client_secret: undefined, token_endpoint_auth_method: "none" }),
];

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys },
    cookies: { keys: [secret] },
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: id, preferred_username: id, email: `${id}@plan.example` }),
    }),
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 60, AuthorizationCode: 60, IdToken: 60 },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});

process.stdin.resume().on("end", () => process.exit(0));
