// Edits that the server has not confirmed yet, kept in this browser so that a crash, a closed tab or a lost network loses none.
// Each open page writes under a key of its own; a page that opens later adopts what dead pages left behind. A page shows
// that it lives by holding a lock (Web Locks), which the browser frees when the page goes away, however it goes.
import type { Document } from './notebook'

export interface Entry {
  /** What the server last confirmed, and its version. */
  base: Document
  version: number
  /** The document with the edits. */
  doc: Document
}

const prefix = 'dreamql.journal.'
const pageId = Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join('')

export interface Journal {
  write(entry: Entry): void
  clear(): void
}

/** `failed` is called once if the browser keeps nothing: in a private window, or when its storage is full. */
export function openJournal(notebook: string, storage: Storage = localStorage, page = pageId, failed: () => void = () => {}): Journal {
  const key = `${prefix}${notebook}.${page}`
  let told = false
  return {
    write(entry) {
      try {
        storage.setItem(key, JSON.stringify(entry))
      } catch {
        if (!told) failed()
        told = true
      }
    },
    clear() {
      try {
        storage.removeItem(key)
      } catch {
        // Nothing was kept then.
      }
    },
  }
}

/** Takes over what pages that no longer live left for this notebook. */
export async function adoptEntries(
  notebook: string,
  storage: Storage = localStorage,
  page = pageId,
  isAlive: (page: string) => Promise<boolean> = holdsLock,
): Promise<Entry[]> {
  const entries: Entry[] = []
  const start = `${prefix}${notebook}.`
  for (const key of Object.keys(storage).filter((name) => name.startsWith(start))) {
    const owner = key.slice(start.length)
    if (owner !== page && (await isAlive(owner))) continue
    const entry = parse(storage.getItem(key))
    storage.removeItem(key)
    if (entry) entries.push(entry)
  }
  return entries
}

function parse(text: string | null): Entry | undefined {
  try {
    const entry = JSON.parse(text ?? '') as Entry
    return Array.isArray(entry.doc.cells) && Array.isArray(entry.base.cells) ? entry : undefined
  } catch {
    return undefined
  }
}

const lockName = (page: string) => `dreamql.page.${page}`

/** Holds this page's lock for as long as it lives. */
export function holdPageLock(): void {
  void navigator.locks?.request(lockName(pageId), () => new Promise<void>(() => {}))
}

async function holdsLock(page: string): Promise<boolean> {
  if (!navigator.locks) return false // plain http from afar: rather merge an edit twice than lose it
  return navigator.locks.request(lockName(page), { ifAvailable: true }, (lock) => lock === null)
}
