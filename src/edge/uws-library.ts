import { createRequire } from 'node:module'

/** The part of uWebSockets.js that is used here; its makers publish types on GitHub alone. */
export interface UwsLibrary {
  App(): UwsApp
  /** Throws where the files can't be used, and says no more than that. */
  SSLApp(options: { key_file_name: string; cert_file_name: string; ssl_prefer_low_memory_usage: boolean }): UwsApp
  readonly SHARED_COMPRESSOR: number
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number
  us_socket_local_port(listenSocket: unknown): number
  us_listen_socket_close(listenSocket: unknown): void
}

export interface UwsApp {
  ws(pattern: string, behavior: UwsBehavior): UwsApp
  any(pattern: string, handler: (response: UwsHttpResponse, request: UwsHttpRequest) => void): UwsApp
  listen(host: string, port: number, options: number, done: (listenSocket: unknown) => void): UwsApp
  listen_unix(done: (listenSocket: unknown) => void, path: string): UwsApp
  publish(topic: string, message: Buffer, binary: boolean, compress: boolean): boolean
  close(): void
  /** For the app that accepts in its place. */
  getDescriptor(): unknown
  addChildAppDescriptor(descriptor: unknown): void
  removeChildAppDescriptor(descriptor: unknown): void
}

export interface UwsBehavior {
  maxPayloadLength: number
  maxBackpressure: number
  idleTimeout: number
  sendPingsAutomatically: boolean
  compression: number
  closeOnBackpressureLimit: boolean
  upgrade(response: UwsHttpResponse, request: UwsHttpRequest, context: unknown): void
  open(ws: UwsWebSocket): void
  message(ws: UwsWebSocket, message: ArrayBuffer, binary: boolean): void
  drain(ws: UwsWebSocket): void
  close(ws: UwsWebSocket, code: number, reason: ArrayBuffer): void
}

export interface UwsWebSocket {
  send(message: Buffer, binary: boolean, compress: boolean): number
  end(code: number, reason: string): void
  close(): void
  cork(work: () => void): void
  subscribe(topic: string): boolean
  unsubscribe(topic: string): boolean
  getTopics(): string[]
  getBufferedAmount(): number
  getUserData(): unknown
}

export interface UwsHttpRequest {
  getMethod(): string
  getUrl(): string
  getQuery(): string | undefined
  getHeader(name: string): string
  forEach(each: (name: string, value: string) => void): void
}

export interface UwsHttpResponse {
  cork(work: () => void): void
  writeStatus(status: string): void
  writeHeader(name: string, value: string): void
  write(chunk: Buffer): boolean
  tryEnd(chunk: Buffer, total: number): [ok: boolean, done: boolean]
  end(body?: string | Buffer): void
  endWithoutBody(length?: number): void
  getWriteOffset(): number
  onWritable(handler: (offset: number) => boolean): void
  onAborted(handler: () => void): void
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): void
  close(): void
  getRemoteAddressAsText(): ArrayBuffer
  getRemotePort?(): number
  upgrade(userData: unknown, key: string, protocol: string, extensions: string, context: unknown): void
}

/** What was tried and why it did not load, for the log. */
export interface UwsSearch {
  readonly library: UwsLibrary | undefined
  readonly from: string
  readonly tried: readonly string[]
}

/** The official package where somebody installed it, else the registry's repack for this platform and Node. */
export function findUws(): UwsSearch {
  const require = createRequire(import.meta.url)
  // As much as Node takes: cookies and tokens are long, and 4 KiB, its own limit, is read when it loads.
  process.env.UWS_HTTP_MAX_HEADERS_SIZE ??= '16384'
  const names = ['uWebSockets.js', `@uwsjs/${process.platform}-${process.arch}-${process.versions.node.split('.')[0]}`]
  const tried: string[] = []
  for (const from of names) {
    try {
      return { library: require(from) as UwsLibrary, from, tried }
    } catch (error) {
      tried.push(`${from}: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  return { library: undefined, from: '', tried }
}
