import { statSync } from 'node:fs'

/** What lies at a path; nothing where it can't be looked at: part of the path is a file, a loop, forbidden. */
export function kindAt(path: string): 'file' | 'folder' | 'other' | 'nothing' {
  try {
    const stats = statSync(path)
    return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other'
  } catch {
    return 'nothing' // the caller says what was looked for
  }
}
