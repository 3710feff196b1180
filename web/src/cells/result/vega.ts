// Vega, loaded when the first chart is shown. Expressions are interpreted, not compiled, so that the page needs no permission
// to run strings as code.
import embed from 'vega-embed'
import { expressionInterpreter } from 'vega-interpreter'

export async function draw(element: HTMLElement, spec: Record<string, unknown>): Promise<() => void> {
  const { finalize } = await embed(element, spec as unknown as Parameters<typeof embed>[1], { actions: false, renderer: 'svg', ast: true, expr: expressionInterpreter })
  return finalize
}
