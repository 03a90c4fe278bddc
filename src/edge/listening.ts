import type { Place } from '../config.ts'
import { ListenError, remoteName, type Transport } from './transport.ts'
import { claimPath, openPath, releasePath } from './unix-socket.ts'

/** A place where a transport listens. */
export interface Listening {
  /** As people write it: `127.0.0.1:9000`, or a path. */
  readonly where: string
  /** For a browser on this machine; `unix:PATH` for a unix socket. */
  readonly url: string
  /** Takes a unix socket off the disk, once nobody listens there. */
  release(): void
}

/** @throws ListenError that names the place */
export async function listenAt(transport: Transport, place: Place, tls: boolean): Promise<Listening> {
  try {
    return 'path' in place ? await atPath(transport, place) : await atPort(transport, place, tls ? 'https' : 'http')
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    const where = 'path' in place ? place.path : remoteName(place.host, place.port)
    throw new ListenError(`can't listen on ${where}: ${error.message}`)
  }
}

async function atPort(transport: Transport, place: { host: string; port: number }, scheme: string): Promise<Listening> {
  const port = await transport.listen(place)
  const { host } = place
  // What it stands for in a browser's address bar.
  const openable = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return { where: remoteName(host, port), url: `${scheme}://${remoteName(openable, port)}/`, release: () => {} }
}

async function atPath(transport: Transport, place: { path: string }): Promise<Listening> {
  const { path } = place
  await claimPath(path)
  await transport.listen(place)
  openPath(path)
  let held = true
  const release = () => {
    // Once only: while this server ends, another one may have taken the place.
    if (held) releasePath(path)
    held = false
  }
  return { where: path, url: `unix:${path}`, release }
}
