// Who is signed in, and the tokens for scripts and other machines.
import { useQuery } from '@tanstack/react-query'
import { KeyRound, Trash } from 'lucide-react'
import { useState } from 'react'
import { api, idempotencyKey, take } from '../api/client'
import { accountQuery, queryClient, tokensQuery } from '../api/queries'
import type { Scope, Token } from '../api/types'
import { ago } from '../core/format'
import { Button, IconButton } from '../ui/button'
import { CopyButton } from '../ui/code'
import { Dialog } from '../ui/dialog'
import { Badge, Failure, Loading, PageFrame } from '../ui/page'
import { toast, toastError } from '../ui/toast'

const scopes: [Scope, string][] = [
  ['read', 'read notebooks, datasets and results'],
  ['run', 'run queries'],
  ['write', 'change notebooks and datasets'],
  ['publish', 'publish packages'],
  ['admin', 'manage tokens'],
]

export function AccountPage() {
  const account = useQuery(accountQuery)
  const tokens = useQuery(tokensQuery)
  const [secret, setSecret] = useState<string>()
  const [revoking, setRevoking] = useState<Token>()
  const revoke = async ({ id, name }: Token) => {
    setRevoking(undefined)
    await take(api.DELETE('/api/v1/tokens/{token}', { params: { path: { token: id } } }))
    await queryClient.invalidateQueries({ queryKey: ['tokens'] })
    toast(`The token “${name}” no longer works.`)
  }
  return (
    <PageFrame title="Account" lead={account.data ? `Signed in as ${account.data.name}` : undefined}>
      <section aria-labelledby="tokens" className="max-w-2xl">
        <h2 id="tokens" className="font-semibold">
          Tokens
        </h2>
        <p className="mt-1 mb-3 text-sm text-muted">Scripts, the command line and other machines show a token. Give each its own, with no more rights than it needs.</p>
        {tokens.isPending && <Loading label="Loading tokens" />}
        {tokens.isError && <Failure error={tokens.error} />}
        {tokens.data && tokens.data.length > 0 && (
          <ul className="card divide-y divide-line">
            {tokens.data.map((token) => (
              <li key={token.id} className="flex items-center gap-3 px-4 py-2.5 text-sm">
                <KeyRound size={16} className="shrink-0 text-muted" />
                <div className="min-w-0 flex-1">
                  <p className="truncate font-medium">{token.name}</p>
                  <p className="text-xs text-muted">
                    made {ago(token.created_at)}
                    {token.last_used_at ? `, used ${ago(token.last_used_at)}` : ', never used'}
                  </p>
                </div>
                <span className="hidden gap-1 sm:flex">
                  {token.scopes.map((scope) => (
                    <Badge key={scope}>{scope}</Badge>
                  ))}
                </span>
                <IconButton label={`Revoke ${token.name}`} onClick={() => setRevoking(token)}>
                  <Trash size={15} />
                </IconButton>
              </li>
            ))}
          </ul>
        )}
        {secret && (
          <div role="status" className="mt-4 rounded-lg border border-ok/40 bg-ok-soft p-4 text-sm">
            <p className="font-medium">Copy the token now. It is not shown again.</p>
            <p className="mt-2 flex items-center gap-2">
              <code className="min-w-0 font-mono break-all">{secret}</code>
              <CopyButton text={secret} label="Copy the token" />
            </p>
          </div>
        )}
        <NewToken onMade={setSecret} />
      </section>
      <Dialog
        open={revoking !== undefined}
        onClose={() => setRevoking(undefined)}
        title={`Revoke “${revoking?.name}”?`}
        description="Whoever shows it is turned away from then on; a browser that was signed in by it has to sign in again. This cannot be undone."
      >
        <div className="flex justify-end gap-2">
          <Button onClick={() => setRevoking(undefined)}>Keep it</Button>
          <Button tone="danger" onClick={() => revoking && void revoke(revoking).catch(toastError)}>
            Revoke token
          </Button>
        </div>
      </Dialog>
    </PageFrame>
  )
}

function NewToken({ onMade }: { onMade(secret: string): void }) {
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<Scope[]>(['read', 'run'])
  const make = async () => {
    const made = await take(
      api.POST('/api/v1/tokens', { params: { header: { 'Idempotency-Key': idempotencyKey() } }, body: { name: name.trim(), scopes: chosen } }),
    )
    setName('')
    onMade(made.secret)
    await queryClient.invalidateQueries({ queryKey: ['tokens'] })
  }
  return (
    <form
      className="mt-6 space-y-3"
      onSubmit={(event) => {
        event.preventDefault()
        void make().catch(toastError)
      }}
    >
      <h3 className="text-sm font-semibold">New token</h3>
      <label className="block text-sm">
        Name
        <input className="field mt-1 block w-full max-w-sm" value={name} maxLength={100} placeholder="What it is for" onChange={(event) => setName(event.target.value)} />
      </label>
      <fieldset className="text-sm">
        <legend>It may</legend>
        <div className="mt-1 space-y-1">
          {scopes.map(([scope, what]) => (
            <label key={scope} className="flex items-center gap-2">
              <input type="checkbox" className="accent-accent" checked={chosen.includes(scope)} onChange={(event) => setChosen(event.target.checked ? [...chosen, scope] : chosen.filter((s) => s !== scope))} />
              <span className="w-16 font-medium">{scope}</span>
              <span className="text-muted">{what}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <Button type="submit" tone="primary" disabled={!name.trim() || chosen.length === 0}>
        Make token
      </Button>
    </form>
  )
}
