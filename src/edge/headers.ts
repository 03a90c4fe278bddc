/** Half a year: long enough to protect who plays now and then, short enough to be lived down. */
const STRICT = 'max-age=15552000'

/** What stands above every answer over HTTP, refusals of a handshake included. */
export const ALWAYS = {
  'X-Content-Type-Options': 'nosniff',
  // Rooms and players' names stand in URLs.
  'Referrer-Policy': 'same-origin',
} as const

/**
 * The headers that protect a page. No Content-Security-Policy: pages are the games' own and say it themselves, and may be framed.
 * @param secure the client came over TLS, which browsers ask for where they isolate a page
 * @param tls that ends here: whether its host is to be reached by TLS alone is not said for others
 */
export function securityHeaders(secure: boolean, tls: boolean): Readonly<Record<string, string>> {
  return {
    ...ALWAYS,
    // A page of another origin that opened this one can't reach into it; windows that this one opens, to log in, still can.
    ...(secure ? { 'Cross-Origin-Opener-Policy': 'same-origin-allow-popups' } : {}),
    ...(tls ? { 'Strict-Transport-Security': STRICT } : {}),
  }
}
