import { EventEmitter } from 'node:events'
import { STATUS_CODES } from 'node:http'
import { Writable } from 'node:stream'
import { shortIp } from './transport.ts'
import type { UwsHttpRequest, UwsHttpResponse } from './uws-library.ts'

/** As node:http gives them: a header that came several times is one list. */
export function headersOf(request: UwsHttpRequest): Record<string, string> {
  const headers: Record<string, string> = {}
  request.forEach((name, value) => {
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`
  })
  return headers
}

/** The peer's address; '' where it has none. */
export function addressOf(response: UwsHttpResponse): string {
  return shortIp(Buffer.from(response.getRemoteAddressAsText()).toString('latin1'))
}

/**
 * What handlers written for node:http read of a request; copied, since uWebSockets.js forgets it after the first turn. Its body comes as
 * `data` and `end`, to whoever listens from the first turn on; what nobody listens to is kept nowhere.
 */
export class UwsRequest extends EventEmitter {
  readonly method: string
  /** What serves a folder below another one takes the first segment off. */
  url: string
  readonly headers: Record<string, string>
  readonly httpVersion = '1.1'
  readonly socket: { readonly remoteAddress: string; readonly encrypted: boolean }

  constructor(request: UwsHttpRequest, response: UwsHttpResponse, encrypted: boolean) {
    super()
    const query = request.getQuery()
    this.method = request.getMethod().toUpperCase()
    this.url = query ? `${request.getUrl()}?${query}` : request.getUrl()
    this.headers = headersOf(request)
    this.socket = { remoteAddress: addressOf(response), encrypted }
    if (this.method === 'GET' || this.method === 'HEAD') return
    response.onData((chunk, last) => {
      // Its memory is uWebSockets.js' own, and good for this call.
      if (chunk.byteLength > 0) this.emit('data', Buffer.from(Buffer.from(chunk)))
      if (last) this.emit('end')
    })
  }
}

/** So much of an answer of unknown length is written at once, in bytes. */
const PIECE = 64 * 1024

type Header = string | number | readonly string[]

/**
 * The part of node:http's ServerResponse that serve-static and plain handlers use, over uWebSockets.js.
 * A body of known length goes out by `tryEnd`, which waits for the reader; another one in chunks.
 */
export class UwsResponse extends Writable {
  statusCode = 200
  statusMessage = ''
  headersSent = false
  /** on-finished reads this as a boolean. */
  finished = false
  /** on-finished waits for an error or close of the socket. */
  readonly socket = Object.assign(new EventEmitter(), { writable: true })
  private readonly fields = new Map<string, [name: string, value: Header]>()
  private aborted = false
  /** What is done when there is room; undefined before anything had to wait. */
  private goOn: ((offset: number) => void) | undefined

  /** @param headOnly the request is a HEAD: its answer has no body, whatever a handler writes */
  constructor(
    private readonly response: UwsHttpResponse,
    private readonly headOnly: boolean,
  ) {
    super()
    response.onAborted(() => {
      this.aborted = true
      this.socket.writable = false
      this.destroy()
      this.socket.emit('close')
    })
  }

  setHeader(name: string, value: Header): this {
    this.fields.set(name.toLowerCase(), [name, value])
    return this
  }

  getHeader(name: string): Header | undefined {
    return this.fields.get(name.toLowerCase())?.[1]
  }

  hasHeader(name: string): boolean {
    return this.fields.has(name.toLowerCase())
  }

  removeHeader(name: string): void {
    this.fields.delete(name.toLowerCase())
  }

  getHeaderNames(): string[] {
    return [...this.fields.keys()]
  }

  writeHead(status: number, headers: Record<string, Header> = {}): this {
    this.statusCode = status
    for (const [name, value] of Object.entries(headers)) this.setHeader(name, value)
    return this
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.aborted || this.headOnly) return done()
    const total = this.length()
    this.response.cork(() => {
      this.head(total !== undefined)
      if (total === undefined) this.writeChunk(chunk, done)
      else this.writePart(chunk, total, done)
    })
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.aborted && !this.finished) {
      this.response.cork(() => {
        const empty = !this.headersSent
        this.head(false)
        if (empty) this.response.endWithoutBody()
        else this.response.end()
      })
    }
    this.finished = true
    done()
  }

  /** An answer that a handler breaks off breaks the connection off: the peer shall not take it for whole. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.aborted && !this.finished) {
      this.aborted = true
      this.response.close()
    }
    done(error)
  }

  /** The Content-Length that the handler gave. */
  private length(): number | undefined {
    const value = this.getHeader('content-length')
    return value === undefined ? undefined : Number(value)
  }

  /** @param written whether uWebSockets.js writes the Content-Length itself */
  private head(written: boolean): void {
    if (this.headersSent) return
    this.headersSent = true
    this.response.writeStatus(`${this.statusCode} ${this.statusMessage || STATUS_CODES[this.statusCode] || ''}`)
    for (const [name, value] of this.fields.values()) {
      if (written && name.toLowerCase() === 'content-length') continue
      for (const one of Array.isArray(value) ? value : [value]) this.response.writeHeader(name, String(one))
    }
  }

  /** In pieces: what uWebSockets.js could not pass on leaves it when more is written, or the answer ends, and by nothing else. */
  private writeChunk(chunk: Buffer, done: () => void): void {
    for (let at = 0; at < chunk.length; at += PIECE) {
      const rest = chunk.subarray(at + PIECE)
      if (!this.response.write(chunk.subarray(at, at + PIECE))) return this.wait(() => this.writeChunk(rest, done))
    }
    done()
  }

  private writePart(chunk: Buffer, total: number, done: () => void): void {
    const start = this.response.getWriteOffset()
    const [taken, complete] = this.response.tryEnd(chunk, total)
    if (complete) this.finished = true
    if (taken || complete) return done()
    this.wait((offset) => this.writePart(chunk.subarray(offset - start), total, done))
  }

  /** Goes on when there is room. The one handler is for good: one that is registered while it runs is not kept. */
  private wait(goOn: (offset: number) => void): void {
    const first = this.goOn === undefined
    this.goOn = goOn
    if (!first) return
    this.response.onWritable((offset) => {
      const next = this.goOn!
      this.goOn = () => {}
      next(offset)
      return true
    })
  }
}
