// Whether this browser is signed in. The session itself is a cookie that scripts cannot read; the server sets it when
// /?token=… is opened, and the first 401 tells us that it is missing or has ended.
import { useSyncExternalStore } from 'react'

let isSignedOut = false
const listeners = new Set<() => void>()

export function signedOut(): void {
  if (isSignedOut) return
  isSignedOut = true
  listeners.forEach((listener) => listener())
}

export function useSignedOut(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => isSignedOut,
  )
}

/** Asks the server about a token without starting a session. Returns what is wrong with it, or undefined. */
export async function tryToken(token: string): Promise<string | undefined> {
  try {
    const response = await fetch('/api/v1/account', { headers: { Authorization: `Bearer ${token}` }, credentials: 'omit' })
    if (response.ok) return undefined
    if (response.status === 401) return 'The server does not know this token. Copy it whole, from the line that the server printed when it started.'
    return `The server answered ${response.status}. Try again in a moment.`
  } catch {
    return 'The server cannot be reached. Is it running?'
  }
}

/** Starts a session by opening the address that sets the cookie, and comes back to the page that was asked for. */
export function startSession(token: string): void {
  sessionStorage.setItem('dreamql.return', location.pathname)
  location.assign(`/?token=${encodeURIComponent(token)}`)
}
