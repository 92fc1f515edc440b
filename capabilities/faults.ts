/** Where zod's issues become faults; shared with the documents of other layers. */
export { faultsOf, pathText } from '../schemas/faults';
