// npm run build: TypeScript to dist/, and Pixi.js as one module for the pages.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { isStale, markBuilt, root, run } from './setup.mjs'

if (!process.argv.includes('--if-stale') || isStale()) {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'])
  const { buildVendor } = await import('./vendor.mjs')
  await buildVendor(root)
  markBuilt()
}
