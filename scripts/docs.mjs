// The page that shows the API: Swagger UI from the registry and our few lines around it, all served by ourselves.
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const VIEWER = ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE']

/** Writes `dist/docs/`. @param {string} root the repository's root */
export function buildDocs(root) {
  const folder = join(root, 'dist', 'docs')
  mkdirSync(folder, { recursive: true })
  for (const name of VIEWER) cpSync(join(root, 'node_modules', 'swagger-ui-dist', name), join(folder, name))
  cpSync(join(root, 'src', 'edge', 'api', 'page'), folder, { recursive: true })
}
