import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './api/queries'
import { App } from './app'
import { holdPageLock } from './core/journal'
import './core/theme'
import './styles.css'

// The token in the address has done its work: the server has turned it into a cookie.
const back = sessionStorage.getItem('dreamql.return')
sessionStorage.removeItem('dreamql.return')
if (new URLSearchParams(location.search).has('token')) history.replaceState(null, '', location.pathname)
if (back && location.pathname === '/') history.replaceState(null, '', back)
holdPageLock()

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
