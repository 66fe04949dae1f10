import { createHmac, timingSafeEqual } from "node:crypto";

// Whether this service sent the body (a Buffer, byte for byte as it arrived) within five minutes.
export function isGenuine(secret, headers, body) {
  const id = headers["webhook-id"];
  const moment = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - moment) <= 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const digest = createHmac("sha256", key).update(`${id}.${moment}.`).update(body).digest("base64");
  const expected = Buffer.from(`v1,${digest}`);
  const given = headers["webhook-signature"].split(" "); // two, for a day after a new secret
  return given.map((one) => Buffer.from(one))
    .some((one) => one.length === expected.length && timingSafeEqual(one, expected));
}
