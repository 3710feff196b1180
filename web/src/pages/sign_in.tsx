// Shown when the server does not know this browser: asks for the token that the server printed.
import { useState } from 'react'
import { startSession, tryToken } from '../api/session'
import { Logo } from '../ui/logo'
import { Button } from '../ui/button'
import { useTitle } from '../ui/page'

export function SignInPage() {
  useTitle('Sign in')
  const [token, setToken] = useState('')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async () => {
    setBusy(true)
    const found = await tryToken(token.trim())
    setProblem(found)
    setBusy(false)
    if (!found) startSession(token.trim())
  }
  return (
    <main className="flex min-h-screen items-center justify-center px-4">
      <form
        className="card w-full max-w-sm p-6"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <div className="mb-5 flex items-center gap-2.5">
          <Logo size={30} />
          <h1 className="text-lg font-semibold">Sign in to DreamQL</h1>
        </div>
        <label className="block text-sm font-medium">
          Token
          <input
            autoFocus
            type="password"
            autoComplete="current-password"
            className="field mt-1 block h-10 w-full font-mono font-normal"
            value={token}
            aria-invalid={problem !== undefined}
            aria-describedby="token-help"
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        <p id="token-help" className="mt-1.5 text-xs text-muted">
          The server prints an address with it when it starts. You can also open that address.
        </p>
        {problem && (
          <p role="alert" className="mt-3 rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">
            {problem}
          </p>
        )}
        <Button type="submit" tone="primary" className="mt-4 h-10 w-full justify-center" disabled={!token.trim() || busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </Button>
      </form>
    </main>
  )
}
