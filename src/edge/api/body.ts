import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RefusalCode } from './refusals.ts'

/** Credentials are short, and a game's parameters are a few choices. In bytes. */
export const MAX_BODY = 16 * 1024
/** A body that takes longer is not waited for, in ms. */
const PATIENCE = 10_000
/** How deep JSON may be nested. Beyond some thousand levels it could be read and not written again. */
const MAX_DEPTH = 32

export type Body = { readonly value: unknown } | { readonly refused: RefusalCode }

/** Reads a JSON body. Called in the request's first turn: uWebSockets.js keeps it for nobody. */
export function readJson(request: IncomingMessage, response: ServerResponse): Promise<Body> {
  const { headers } = request
  const json = /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')
  if (!json || headers['content-encoding'] !== undefined) return Promise.resolve({ refused: 'not json' })
  if (Number(headers['content-length'] ?? 0) > MAX_BODY) return Promise.resolve({ refused: 'too large' })
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BODY) finish({ refused: 'too large' })
      else chunks.push(chunk)
    }
    const end = () => finish(parse(Buffer.concat(chunks)))
    const cut = () => finish({ refused: 'slow' })
    const timer = setTimeout(cut, PATIENCE).unref()
    const finish = (body: Body) => {
      clearTimeout(timer)
      request.off('data', take).off('end', end)
      response.off('close', cut)
      resolve(body)
    }
    request.on('data', take).on('end', end)
    response.on('close', cut)
  })
}

function parse(bytes: Buffer): Body {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isSound(value, MAX_DEPTH) ? { value } : { refused: 'invalid' }
  } catch {
    return { refused: 'invalid' } // no UTF-8, or no JSON
  }
}

/** Whether it can be written again: its strings are Unicode (`"\ud800"` is none) and it is not too deep. */
function isSound(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.entries(value).every(([key, item]) => key.isWellFormed() && isSound(item, depth - 1))
}
