import { fileURLToPath } from 'node:url'
import { type HttpHandler, serveFiles } from '../static.ts'

/** Everything is the server's own. Swagger UI puts its icons into the page as data. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The page on which the API can be read and tried, as the build has put it together. @param at its path */
export function serveDocs(at: string): HttpHandler {
  const files = serveFiles(fileURLToPath(new URL('../../docs/', import.meta.url)), (_request, response) => {
    response.statusCode = 404
    response.setHeader('Content-Type', 'application/json')
    response.end('{"error":{"code":"not found","message":"There is nothing at this address."}}')
  })
  return (request, response) => {
    response.setHeader('Content-Security-Policy', POLICY)
    response.setHeader('Cache-Control', 'no-cache')
    response.setHeader('Referrer-Policy', 'no-referrer')
    const path = request.url!.slice(at.length).split('?')[0]!
    request.url = path === '' ? '/' : path
    files(request, response)
  }
}
