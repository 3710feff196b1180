// Short names for the generated types.
import type { components } from './generated/schema'

type Schemas = components['schemas']

export type Account = Schemas['Account']
export type Builtin = Schemas['Builtin']
export type Cell = Schemas['Cell']
export type CellState = Schemas['CellState']
export type CheckResult = Schemas['CheckResult']
export type Column = Schemas['Column']
export type Dataset = Schemas['Dataset']
export type DatasetSummary = Schemas['DatasetSummary']
export type Diagnostic = Schemas['Diagnostic']
export type FunctionDoc = Schemas['FunctionDoc']
export type FunctionStats = Schemas['FunctionStats']
export type Notebook = Schemas['Notebook']
export type NotebookContent = Schemas['NotebookContent']
export type NotebookPackage = Schemas['NotebookPackage']
export type NotebookResults = Schemas['NotebookResults']
export type NotebookSummary = Schemas['NotebookSummary']
export type Package = Schemas['Package']
export type PackageSummary = Schemas['PackageSummary']
export type PackageVersion = Schemas['PackageVersion']
export type Plan = Schemas['Plan']
export type Problem = Schemas['Problem']
export type ResultInfo = Schemas['ResultInfo']
export type ResultPage = Schemas['ResultPage']
export type Run = Schemas['Run']
export type RunCell = Schemas['RunCell']
export type RunEvent = Schemas['RunEvent']
export type Scope = Schemas['Scope']
export type Stats = Schemas['Stats']
export type TaskStats = Schemas['TaskStats']
export type Token = Schemas['Token']
export type View = Schemas['View']

/** One row of a result, by column name. */
export type Row = Record<string, unknown>
