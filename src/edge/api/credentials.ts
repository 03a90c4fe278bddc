import type { IncomingHttpHeaders } from 'node:http'

export const COOKIE = 'playpipe_session'

/** Whether the browser is told to send it over TLS alone follows from how it has come. */
export function sessionCookie(token: string, seconds: number, secure: boolean): string {
  return `${COOKIE}=${token}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}

/** The token of a request: `Authorization` goes before the cookie. */
export function tokenOf({
  authorization,
  cookie,
}: Pick<IncomingHttpHeaders, 'authorization' | 'cookie'>): string | undefined {
  if (authorization !== undefined) return /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  return cookieOf(cookie)
}

export function cookieOf(header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) || undefined
}
