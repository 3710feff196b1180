import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// `npm run dev` serves the sources and passes the API on to a running DreamQL.
const server = `http://${process.env.DREAMQL_ADDR ?? '127.0.0.1:8080'}`
const proxy = { '/api': { target: server, ws: true }, '^/\\?token=': server }

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: { outDir: 'dist', emptyOutDir: true, chunkSizeWarningLimit: 900, target: 'es2022' },
  worker: { format: 'es' },
  server: { proxy },
  preview: { proxy },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'] },
})
