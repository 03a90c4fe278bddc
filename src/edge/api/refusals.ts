/** Every way to say no: the HTTP status, and a sentence unless there is a better one at hand. */
export const REFUSALS = {
  invalid: [400, 'The request is not what this address takes.'],
  'parameters too long': [400, 'The parameters are longer than 4,096 characters of JSON.'],
  unauthorized: [401, 'Log in first: there is no token here, or it is good no longer.'],
  'wrong credentials': [401, 'The name or the password is wrong.'],
  'no guests': [403, 'This server takes nobody without an account.'],
  'not found': [404, 'There is nothing at this address.'],
  'no such game': [404, 'There is no such game.'],
  'no such kind': [404, 'This server has no game of this kind.'],
  method: [405, 'This address does not take this method.'],
  slow: [408, 'The body did not come in time.'],
  taken: [409, 'Somebody has this name already.'],
  full: [409, 'The game has no place for a further player; it can be watched.'],
  ended: [409, 'The game has ended.'],
  'no parameters': [409, 'This game takes no parameters.'],
  'too many games': [409, 'There are too many games that wait or run; leave one first.'],
  'too large': [413, 'The body is too large.'],
  'not json': [415, 'A body is JSON here, and says so by its Content-Type.'],
  'too many': [429, 'Too many attempts; wait a while.'],
  failed: [500, 'Something went wrong on this side; the log says what.'],
  busy: [503, 'Too much is going on at once; try again.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type RefusalCode = keyof typeof REFUSALS

/** What a request is answered with. */
export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** A log-in begins for the browser, or ends where it is null. */
  readonly session?: { readonly token: string; readonly expires: number } | null
}

/** @param after seconds until it may be tried again */
export function refuse(code: RefusalCode, options: { message?: string; after?: number } = {}): Reply {
  const [status, sentence] = REFUSALS[code]
  const body = { error: { code, message: options.message ?? sentence } }
  return options.after === undefined
    ? { status, body }
    : { status, body, headers: { 'Retry-After': `${options.after}` } }
}
