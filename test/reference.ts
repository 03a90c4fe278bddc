/** Slow and obvious ways to do what `src/wire/` does fast. The property tests compare the two. */

export interface Cut {
  /** Bytes as latin1, so that a difference can be read. */
  readonly frames: readonly string[]
  readonly skipped: number
}

/** Cuts a whole stream at delimiters, byte by byte. What follows the last delimiter is a frame unless it is empty. */
export function cutAt(stream: Buffer, delimiters: readonly number[], dropCr: boolean, maxFrame: number): Cut {
  const frames: string[] = []
  let skipped = 0
  let frame = ''
  const finish = () => {
    if (frame.length > maxFrame) skipped++
    else frames.push(frame)
    frame = ''
  }
  for (const byte of stream) {
    if (!delimiters.includes(byte)) {
      frame += String.fromCharCode(byte)
      continue
    }
    if (dropCr && frame.endsWith('\r')) frame = frame.slice(0, -1)
    finish()
  }
  if (frame !== '') finish()
  return { frames, skipped }
}

/** The text that a browser is shown for these bytes: what is not UTF-8 becomes U+FFFD. */
export function asUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

/** One trailing newline goes; every CR and LF that is left becomes a space. */
export function asOneLine(text: string): string {
  let rest = text
  if (rest.endsWith('\r\n')) rest = rest.slice(0, -2)
  else if (rest.endsWith('\n') || rest.endsWith('\r')) rest = rest.slice(0, -1)
  return rest.split('\r').join(' ').split('\n').join(' ')
}

export interface Member {
  readonly key: string
  /** The value as it was written. */
  readonly value: string
}

/** The top-level members of a JSON object, in their order, duplicates included; undefined where the text is none. */
export function membersOf(text: string): Member[] | undefined {
  const object = parsed(text)
  if (typeof object?.value !== 'object' || object.value === null || Array.isArray(object.value)) return undefined
  const members: Member[] = []
  let at = text.indexOf('{') + 1
  while (text.indexOf('"', at) >= 0) {
    const key = shortest(text, text.indexOf('"', at), (end) => text[end - 1] === '"')
    const colon = text.indexOf(':', key.end)
    const value = shortest(text, colon + 1, (end) => text[end] === ',' || text[end] === '}')
    members.push({ key: key.value as string, value: text.slice(colon + 1, value.end).trim() })
    at = value.end + 1
  }
  return members
}

/** The first slice from `start`, ending where `mayEnd` allows it, that is JSON by itself. */
function shortest(text: string, start: number, mayEnd: (end: number) => boolean): { value: unknown; end: number } {
  for (let end = start + 1; end <= text.length; end++) {
    const found = mayEnd(end) ? parsed(text.slice(start, end)) : undefined
    if (found) return { value: found.value, end }
  }
  throw new Error(`no JSON at ${start} of ${text}`)
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** What is left of a client's object, stamped: the members that the child must read, in their order. */
export function stampedMembers(text: string, from: number, idField?: string): Member[] | undefined {
  const own = membersOf(text)
  if (!own) return undefined
  const stamps = (idField === undefined ? ['_from'] : ['_from', idField]).map((key) => ({ key, value: String(from) }))
  const kept = own.filter(({ key }) => key === '_to' || key === '_cache' || (key[0] !== '_' && key !== idField))
  return [...stamps, ...kept.map(({ key, value }) => ({ key, value: value.replaceAll(/[\r\n]/g, ' ') }))]
}

/** RFC 3986, section 2.3: unreserved characters stay, every other byte of the UTF-8 becomes %XX. */
export function percentEncoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return /[A-Za-z0-9._~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

export interface Words {
  readonly to: number
  readonly type: number
  readonly payload: Buffer
}

/** A frame of gwsocket's strict mode. */
export function gwFrame({ to, type, payload }: Words, order: 'big' | 'little' = 'big'): Buffer {
  const header = Buffer.alloc(12)
  for (const [i, word] of [to, type, payload.length].entries()) {
    if (order === 'big') header.writeUInt32BE(word, i * 4)
    else header.writeUInt32LE(word, i * 4)
  }
  return Buffer.concat([header, payload])
}
