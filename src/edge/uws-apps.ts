import { ConfigError, type Place } from '../config.ts'
import type { Certificate } from './certificate.ts'
import { ListenError } from './transport.ts'
import type { UwsApp, UwsLibrary } from './uws-library.ts'

/** An app of uWebSockets.js and how many WebSockets it has. */
export interface Crew {
  readonly app: UwsApp
  sockets: number
}

/**
 * The apps behind one port. An app of uWebSockets.js keeps its certificate for life. So over TLS one app accepts connections and hands
 * each to another one, and a new certificate means a new one of those: whoever is connected stays with the app that it came to, and
 * nobody at the door is turned away.
 */
export class UwsApps {
  private readonly door: UwsApp
  private readonly crews: Crew[] = []
  private listening: unknown

  /** @param equip gives an app its routes */
  constructor(
    private readonly library: UwsLibrary,
    certificate: Certificate | undefined,
    private readonly equip: (crew: Crew) => void,
  ) {
    if (certificate) {
      this.door = this.secured(certificate)
      this.enter(this.secured(certificate))
    } else {
      this.door = library.App()
      this.equipped(this.door)
    }
  }

  listen(place: Place): Promise<number> {
    return new Promise((resolve, reject) => {
      const listening = (socket: unknown) => {
        this.listening = socket
        if (!socket) reject(new ListenError('it is in use, or not an address of this machine'))
        else resolve('path' in place ? 0 : this.library.us_socket_local_port(socket))
      }
      if ('path' in place) this.door.listen_unix(listening, place.path)
      // Without the exclusive option two servers would share the port in silence.
      else this.door.listen(place.host, place.port, this.library.LIBUS_LISTEN_EXCLUSIVE_PORT, listening)
    })
  }

  stopListening(): void {
    if (this.listening) this.library.us_listen_socket_close(this.listening)
    // Closing it twice would crash the process.
    this.listening = undefined
  }

  publish(topic: string, bytes: Buffer, binary: boolean, compress: boolean): void {
    for (const { app, sockets } of this.crews) if (sockets > 0) app.publish(topic, bytes, binary, compress)
  }

  /** @throws ConfigError where uWebSockets.js can't use it */
  renew(certificate: Certificate): void {
    const next = this.secured(certificate)
    // In this order and at once: the door's count of whose turn it is would point behind the end of a list that shrinks.
    this.door.removeChildAppDescriptor(this.crews.at(-1)!.app.getDescriptor())
    this.enter(next)
  }

  close(): void {
    for (const app of new Set([this.door, ...this.crews.map((crew) => crew.app)])) app.close()
  }

  private secured({ files: { cert, key } }: Certificate): UwsApp {
    try {
      return this.library.SSLApp({ key_file_name: key, cert_file_name: cert, ssl_prefer_low_memory_usage: true })
    } catch {
      throw new ConfigError(`--tlscert ${cert}: uWebSockets.js can't use it, and does not say why; --transport ws may`)
    }
  }

  private enter(app: UwsApp): void {
    this.equipped(app)
    this.door.addChildAppDescriptor(app.getDescriptor())
  }

  private equipped(app: UwsApp): void {
    const crew = { app, sockets: 0 }
    this.equip(crew)
    this.crews.push(crew)
  }
}
