import { getJson } from './api';

export type Role = 'viewer' | 'analyst' | 'admin';

/** The answer of GET /api/me, as Fintech.Dashboard/Api/ApiSetup.cs defines it. */
export interface User {
  readonly name: string;
  readonly role: Role;
}

const rank: Readonly<Record<Role, number>> = { viewer: 0, analyst: 1, admin: 2 };

/** Whether somebody may do what asks for the role. The server decides; the page only does not offer what would be refused. */
export const may = (user: User | null, role: Role): boolean => user !== null && rank[user.role] >= rank[role];

export const whoIsThere = (): Promise<User> => getJson<User>('/api/me');
