import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { Compile } from 'typebox/schema'
import { expect } from 'vitest'

export interface Question {
  readonly token?: string | undefined
  readonly cookie?: string
  /** Sent as JSON; text and bytes as they are. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** The address that it comes from: all of 127.0.0.0/8 are ours on Linux. */
  readonly from?: string
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly json: any
}

type Json = Record<string, unknown>
const METHODS = ['get', 'post', 'put', 'delete', 'patch']
const agent = new Agent({ keepAlive: true })

/** Asks the API of a server, and holds each answer against the server's own description. */
export class Asking {
  /** What was answered: `POST /games/{id}/ticket 200`. */
  readonly answered = new Set<string>()

  private constructor(
    private readonly base: string,
    // biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
    readonly document: any,
  ) {}

  static async of(server: { url: string }): Promise<Asking> {
    const base = `${server.url}/api/v1`
    return new Asking(base, (await ask(`${base}/openapi.json`, 'GET')).json)
  }

  async get(path: string, question: Question = {}): Promise<Reply> {
    return this.checked('GET', path, await ask(this.base + path, 'GET', question))
  }

  async post(path: string, body: unknown = {}, question: Question = {}): Promise<Reply> {
    return this.checked('POST', path, await ask(this.base + path, 'POST', { body, ...question }))
  }

  async send(method: string, path: string, question: Question = {}): Promise<Reply> {
    return this.checked(method, path, await ask(this.base + path, method, question))
  }

  /** Every operation with every status that it may answer with. */
  described(): string[] {
    return Object.entries(this.document.paths as Record<string, Json>).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method]) => METHODS.includes(method))
        .flatMap(([method, operation]) =>
          Object.keys((operation as { responses: Json }).responses).map(
            (status) => `${method.toUpperCase()} ${path} ${status}`,
          ),
        ),
    )
  }

  private checked(method: string, asked: string, reply: Reply): Reply {
    const plain = asked.split('?')[0]!
    const path = Object.keys(this.document.paths).find((known) =>
      new RegExp(`^${known.replace('{id}', '[\\w-]{12}')}$`).test(plain),
    )
    const operation = path && this.document.paths[path][method.toLowerCase()]
    // What is not described is refused, in the one shape of all refusals.
    const response = operation
      ? operation.responses[reply.status]
      : { content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } } }
    const what = `${method} ${asked} ${reply.status} ${reply.text}`
    if (!operation) expect([404, 405], what).toContain(reply.status)
    expect(response, `${what}: not described`).toBeDefined()
    const schema = response.content?.['application/json']?.schema
    if (schema) {
      expect(reply.headers['content-type'], what).toBe('application/json')
      expect(Compile(this.resolve(schema) as never).Check(reply.json), `${what}: not as described`).toBe(true)
    } else expect(reply.text, what).toBe('')
    expect(reply.headers, what).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    if (operation) this.answered.add(`${method} ${path} ${reply.status}`)
    return reply
  }

  private resolve(schema: unknown): unknown {
    if (typeof schema !== 'object' || schema === null) return schema
    if (Array.isArray(schema)) return schema.map((item) => this.resolve(item))
    if ('$ref' in schema)
      return this.resolve(this.document.components.schemas[String(schema.$ref).replace('#/components/schemas/', '')])
    return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, this.resolve(value)]))
  }
}

export function ask(url: string, method: string, question: Question = {}): Promise<Reply> {
  const { token, cookie, body, from, headers } = question
  const raw = typeof body === 'string' || Buffer.isBuffer(body)
  const payload = body === undefined ? undefined : raw ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      agent,
      ...(from && { localAddress: from }),
      headers: {
        ...(payload !== undefined && {
          'Content-Type': 'application/json',
          ...lengthOf(payload, headers),
        }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(cookie && { Cookie: cookie }),
        ...headers,
      },
    })
    sent.once('error', reject)
    sent.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.once('error', reject)
      response.once('end', () => {
        const json = response.headers['content-type'] === 'application/json' && text ? JSON.parse(text) : undefined
        resolve({ status: response.statusCode!, headers: response.headers, text, json })
      })
    })
    sent.end(payload)
  })
}

function lengthOf(payload: string | Buffer, headers: Record<string, string> = {}): Record<string, number> {
  return 'Transfer-Encoding' in headers ? {} : { 'Content-Length': Buffer.byteLength(payload) }
}

export interface Stream {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The next event. */
  next(): Promise<{ event: string; data: Json }>
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>
  close(): void
}

/** Follows server-sent events. */
export function follow(url: string, { from, token }: Pick<Question, 'from' | 'token'> = {}): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const headers = token && { Authorization: `Bearer ${token}` }
    const sent = request(url, { agent: false, ...(from && { localAddress: from }), ...(headers && { headers }) })
    sent.once('error', reject)
    sent.once('response', (response) => {
      const events: { event: string; data: Json }[] = []
      const takers: ((event: { event: string; data: Json }) => void)[] = []
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const parts = (text + chunk).split('\n\n')
        text = parts.pop()!
        for (const part of parts) {
          const [, event, data] = /event: (\w+)\ndata: (.*)/.exec(part) ?? []
          if (!event) continue
          const found = { event, data: JSON.parse(data!) }
          const taker = takers.shift()
          if (taker) taker(found)
          else events.push(found)
        }
      })
      response.on('error', () => {})
      resolve({
        status: response.statusCode!,
        headers: response.headers,
        next: () => (events.length > 0 ? Promise.resolve(events.shift()!) : new Promise((take) => takers.push(take))),
        ended: new Promise((done) => response.once('close', done)),
        close: () => sent.destroy(),
      })
    })
    sent.end()
  })
}
