/**
 * Why there is no connection, in words for the viewer. SignalR keeps the HTTP status only in its message:
 * "Failed to complete negotiation with the server: Error: Unauthorized: Status code '401'".
 */
export function describe(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const status = /Status code '(\d{3})'/.exec(error.message)?.[1];
  if (status === '401' || status === '403') return signedOut;
  return status ? `the dashboard answers with error ${status}, trying again` : 'the dashboard does not answer, trying again';
}

export const signedOut = 'signed out: open the sign-in link that the dashboard printed when it started';

/**
 * What the server says to something it will not do, null for any other failure:
 * "An unexpected error occurred invoking 'SubscribeFiltered' on the server. HubException: There is no window '7d'."
 */
export function refusalOf(error: unknown): string | null {
  return error instanceof Error ? (/HubException: (.+)$/s.exec(error.message)?.[1] ?? null) : null;
}

/** "You call more often than this server answers one page: wait a second.", as Fintech.Dashboard/Security/HubSessions.cs has it: nothing is wrong with what was asked. */
export const isTooOften = (error: unknown): boolean => /^You call more often\b/.test(refusalOf(error) ?? '');
