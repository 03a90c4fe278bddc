import type { IncomingMessage, ServerResponse } from 'node:http'
import serveStatic from 'serve-static'

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Serves the files of a folder: index.html, types, ETag, Range, HEAD. Dotfiles are not there, save `/.well-known/` (RFC 8615).
 * @param otherwise what there is no file for
 */
export function serveFiles(folder: string, otherwise: HttpHandler): HttpHandler {
  const files = serveStatic(folder, { dotfiles: 'ignore' })
  const wellKnown = serveStatic(folder, { dotfiles: 'allow' })
  return (request, response) => {
    const path = request.url ?? '/'
    const serve = path.startsWith('/.well-known/') && !path.slice(2).includes('/.') ? wellKnown : files
    // What serve-static finds wrong with a request (a path that can't be decoded, say) is a file that is not there.
    serve(request, response, () => otherwise(request, response))
  }
}
