import type { IncomingMessage, ServerResponse } from 'node:http'
import serveStatic from 'serve-static'
import { pathName } from '../names.ts'

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void

/** Answers to a condition or a range that the request made; everything else that goes wrong means that there is no such file. */
const CONDITIONS = [412, 416]

/**
 * Serves the files of a folder: index.html, types, ETag, Range, HEAD. Dotfiles are not there, save `/.well-known/` (RFC 8615).
 * @param otherwise what there is no file for
 */
export function serveFiles(folder: string, otherwise: HttpHandler): HttpHandler {
  const files = serveStatic(folder, { dotfiles: 'ignore', fallthrough: false })
  const wellKnown = serveStatic(folder, { dotfiles: 'allow', fallthrough: false })
  return (request, response) => {
    const serve = isWellKnown(request.url ?? '/') ? wellKnown : files
    serve(request, response, (error?: { statusCode?: number }) => {
      // It broke off in the middle of the file.
      if (response.headersSent) return void response.destroy()
      const status = error?.statusCode ?? 404
      if (!CONDITIONS.includes(status)) return otherwise(request, response)
      response.statusCode = status
      response.removeHeader('Content-Type')
      response.setHeader('Content-Length', 0)
      response.end()
    })
  }
}

/**
 * Serves one folder at `/`, and others below it.
 * @param below by the path segment that they are served under; what they lack may lie in the one at `/`
 */
export function serveFolders(
  folder: string | undefined,
  below: readonly (readonly [name: string, folder: string])[],
  otherwise: HttpHandler,
): HttpHandler {
  const files = folder === undefined ? otherwise : serveFiles(folder, otherwise)
  const mounts = new Map(below.map(([name, its]) => [name, serveBelow(its, files)]))
  return (request, response) => {
    const [, segment = ''] = (request.url ?? '/').split(/[/?]/)
    const serve = mounts.get(pathName(segment) ?? '') ?? files
    serve(request, response)
  }
}

/** Serves a folder without the first segment of the path, which is its name. */
function serveBelow(folder: string, otherwise: HttpHandler): HttpHandler {
  const files = serveFiles(folder, (request, response) => {
    request.url = (request as Mounted).originalUrl
    otherwise(request, response)
  })
  return (request, response) => {
    // Where serve-static looks for the path that a redirect begins with.
    const url = request.url!
    ;(request as Mounted).originalUrl = url
    request.url = url.replace(/^\/[^/?]*\/?/, '/')
    files(request, response)
  }
}

type Mounted = IncomingMessage & { originalUrl: string }

/** In that folder, with no further dot anywhere, however it is spelt. */
function isWellKnown(url: string): boolean {
  try {
    const path = decodeURIComponent(url.split('?')[0]!)
    return path.startsWith('/.well-known/') && !/[/\\]\./.test(path.slice(1))
  } catch {
    return false // no path that a file can have
  }
}
