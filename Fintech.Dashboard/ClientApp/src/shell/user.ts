import { getJson } from './api';

export type Role = 'viewer' | 'analyst' | 'admin';

/** How people get in: by link, through the company's provider, or not at all. */
export type AccessMode = 'Link' | 'OpenIdConnect' | 'Open';

/** The answer of GET /api/me, as Fintech.Dashboard/Api/ApiSetup.cs defines it. */
export interface User {
  readonly name: string;
  readonly role: Role;
  readonly mode: AccessMode;
}

const rank: Readonly<Record<Role, number>> = { viewer: 0, analyst: 1, admin: 2 };

/** Whether somebody may do what asks for the role. The server decides; the page only does not offer what would be refused. */
export const may = (user: User | null, role: Role): boolean => user !== null && rank[user.role] >= rank[role];

/** Who is not signed in any more is led to the sign-in by the way. */
export const whoIsThere = (): Promise<User> => getJson<User>('/api/me');

const renewEvery = 60 * 60 * 1_000;
const askAgainAfter = 10_000;
let lastAsked = 0;

/** A screen on the wall sends nothing but its one connection, which does not renew the cookie: an hourly question does. */
export function stayKnown(): void {
  setInterval(() => void whoIsThere().catch(ignored), renewEvery);
}

/** The connection ended: perhaps because the session did. Asked at most every few seconds, however often it is tried again. */
export function checkKnown(now = Date.now()): void {
  if (now - lastAsked < askAgainAfter) return;
  lastAsked = now;
  void whoIsThere().catch(ignored);
}

/** That the server does not answer is what the badge says already; 401 has led to the sign-in. */
const ignored = (): void => undefined;
