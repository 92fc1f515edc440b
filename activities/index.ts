import type {
  AdmitInput,
  ApplyInput,
  CloseShadowInput,
  DecideInput,
  LoadUndoInput,
  OpeningInput,
  ProposeInput,
  RehearseInput,
  RemindInput,
  ProposeUndoInput,
  RecordInput,
  RunRef,
  SealInput,
  SteerInput,
  UndoInput,
  WatchRequest,
} from '../schemas/life';
import type { AskAnswer, AskBecame, BudgetGrant, FinishAsk, OpenAgentInput } from '../schemas/agent';
import type { AskRef, AskRequest, CallInput, Question, ToolInput } from '../schemas/ask';
import { admit } from './admit';
import { apply } from './apply';
import { admitAsk, openAgent } from './ask/loop/admit-ask';
import { callModel } from './ask/loop/call-model';
import { finishAsk } from './ask/loop/finish-ask';
import { runTool } from './ask/loop/run-tool';
import { answerAsked, askBecame, grantBudget } from './ask/loop/steer';
import { decide } from './decide';
import { nextOpening, remind } from './gate';
import { acted, lookForFiles } from './look-for-files';
import { propose } from './propose';
import { proposeUndo } from './propose-undo';
import { record } from './record';
import { rehearse } from './rehearse';
import { seal } from './seal';
import type { Services } from './services';
import { closeShadow, dropShadow, openShadow } from './shadow';
import { steer } from './steer';
import { loadUndo, undo } from './undo';

/** The activities of a worker, bound to its services. Workflows know this only as a type. */
export function createActivities(services: Services) {
  return {
    admit: (input: AdmitInput) => admit(services, input),
    openShadow: (run: RunRef) => openShadow(services, run),
    propose: (input: ProposeInput) => propose(services, input),
    rehearse: (input: RehearseInput) => rehearse(services, input),
    closeShadow: (input: CloseShadowInput) => closeShadow(services, input),
    dropShadow: (run: RunRef) => dropShadow(services, run),
    seal: (input: SealInput) => seal(services, input),
    decide: (input: DecideInput) => decide(services, input),
    remind: (input: RemindInput) => remind(services, input),
    nextOpening: (input: OpeningInput) => nextOpening(services, input),
    apply: (input: ApplyInput) => apply(services, input),
    undo: (input: UndoInput) => undo(services, input),
    loadUndo: (input: LoadUndoInput) => loadUndo(services, input),
    proposeUndo: (input: ProposeUndoInput) => proposeUndo(services, input),
    lookForFiles: (request: WatchRequest) => lookForFiles(services, request),
    acted: (input: WatchRequest & { signature: string }) => acted(services, input),
    record: (input: RecordInput) => record(services, input),
    steer: (input: SteerInput) => steer(services, input),
    admitAsk: (request: AskRequest) => admitAsk(services, request),
    openAgent: (input: OpenAgentInput) => openAgent(services, input),
    callModel: (input: CallInput) => callModel(services, input),
    runTool: (input: ToolInput) => runTool(services, input),
    askBecame: (input: AskBecame) => askBecame(services, input),
    answerAsked: (input: { ask: AskRef; agent: string; question: Question; answer: AskAnswer }) =>
      answerAsked(services, input),
    grantBudget: (input: { ask: AskRef; id: string; grant: BudgetGrant }) => grantBudget(services, input),
    finishAsk: (input: FinishAsk) => finishAsk(services, input),
  };
}

export type Activities = ReturnType<typeof createActivities>;
