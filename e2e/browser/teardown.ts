import { rmSync } from 'node:fs'

export default function teardown(): void {
  const data = process.env.DREAMQL_E2E_DATA
  // The server stops after this; what it still writes goes with the folder of temporary files.
  if (data) process.on('exit', () => rmSync(data, { recursive: true, force: true }))
}
