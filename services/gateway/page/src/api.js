// Asking the gateway.

import {credentials, hasKey, keepKey} from "./session.js";

/** An answer that is an error: a stable code, and a sentence that says what to do (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status 0 when there was no answer. @param {string} code @param {string} detail */
  constructor(status, code, detail) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
  }
}

/**
 * Ask the gateway and return the document that it answers, null where it answers none.
 *
 *     await ask("PATCH", `/v1/assets/${id}`, {title: "New"})
 *
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 * @param {{signal?: AbortSignal, headers?: Record<string, string>}} [options]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function ask(method, path, body, {signal, headers = {}} = {}) {
  const answer = await request(path, {
    method,
    signal,
    headers: {...headers, ...(body === undefined ? {} : {"Content-Type": "application/json"})},
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

/** Ask and return the answer as it comes, if it is no error. @param {string} path @param {RequestInit} init @throws {Problem} */
export async function request(path, init) {
  let answer;
  try {
    answer = await fetch(path, {...init, headers: {...credentials(), ...init.headers}});
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "gateway_away", "Headrace does not answer. Is it running, and is the network there?");
  }
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  // Whoever was known and is not any more is asked to sign in.
  if (problem.status === 401 && !path.startsWith(SESSIONS)) document.dispatchEvent(new CustomEvent("headrace:signed-out"));
  throw problem;
}

async function problemOf(answer) {
  const told = await answer.json().catch(() => ({}));
  const fields = (told.errors ?? []).map(one => `${one.field}: ${one.detail}`).join(" ");
  const detail = [told.detail ?? `Headrace answered ${answer.status}.`, fields].join(" ").trim();
  return new Problem(answer.status, told.code ?? "unknown", detail);
}

const SESSIONS = "/v1/sessions";
const SESSION = `${SESSIONS}/current`;

/** Return who looks at the page, null if nobody is signed in. @returns {Promise<import("./session.js").Identity | null>} */
export async function identity() {
  try {
    return await ask("GET", SESSION);
  } catch (error) {
    if (error.status !== 401) throw error;
    keepKey(null);
    return null;
  }
}

/** Sign a user in: the browser gets a cookie for 12 hours. @param {string} email @param {string} password */
export async function signIn(email, password) {
  keepKey(null);
  await ask("POST", SESSIONS, {email, password, cookie: true});
}

/** Sign out: forget a key, or end the session and its cookie. */
export async function signOut() {
  if (hasKey()) keepKey(null);
  else await ask("DELETE", SESSION);
}
