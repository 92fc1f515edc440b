import { type RawBuilder, sql } from 'kysely';
import type { NewCall } from './calls';

/**
 * How long an ask has worked, by the clock: while it waited for the model and between the attempts of a call, for a
 * tool, or for a rehearsal. What happens at once counts once; waiting for a person is in none of it: a call that is made
 * after it is a first attempt again. `next`: a call that is about to be made; if it is another attempt, what it waited counts.
 */
export function secondsOf(askId: string, next?: Pick<NewCall, 'key' | 'attempt'>): RawBuilder<number> {
  return sql<number>`(
    with worked (since, until) as (
      select sent_at, ended_at from llm_call where ask_id = ${askId} and state <> 'sent'
      union all
      select ended_at, sent_again from (
        select ended_at, attempt,
               lead(sent_at, 1, case when key = ${next?.key ?? ''} then clock_timestamp() end) over attempts as sent_again,
               lead(attempt, 1, ${next?.attempt ?? 0}) over attempts as attempt_again
          from llm_call where ask_id = ${askId} window attempts as (partition by key order by id)) made
       where attempt_again > attempt
      union all
      select at - ms * interval '1 millisecond', at from tool_call where ask_id = ${askId}
      union all
      select started_at, updated_at from run where run_id in (
        select concat_ws('-', done #>> '{effect,goal}', ask_id, nth) from (
          select ask_id, done, count(*) over () as many from tool_call
           where ask_id = ${askId} and done #>> '{effect,kind}' = 'rehearse') proposed, generate_series(1, many) nth))
    select coalesce(sum(extract(epoch from upper(span) - lower(span))), 0)::float8
      from unnest((select range_agg(tstzrange(since, until)) from worked where until > since)) as span)`;
}
