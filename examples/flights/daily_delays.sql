-- One row for each day, origin and carrier: how punctual it was, and what the weather had to do with it.
with flight as (
  select
    make_date(f.year::int, f.month::int, f.day::int) as day,
    f.origin,
    f.carrier,
    f.dep_delay,
    -- Cancelled flights have neither a departure time nor a delay.
    f.dep_time is null as cancelled,
    -- Late as the US Department of Transportation counts it: 15 minutes or more after schedule.
    f.dep_delay >= 15 as late,
    p.seats,
    -- Rain or snow, less than three miles to see, or gusts of 30 miles an hour, in the hour of departure.
    w.precip > 0 or w.visib < 3 or w.wind_gust >= 30 as rough
  from raw.flights f
  left join raw.planes p on p.tailnum = f.tailnum
  left join raw.weather w on w.origin = f.origin and w.time_hour = f.time_hour
)
select
  flight.day,
  flight.origin,
  airport.name as airport,
  flight.carrier,
  airline.name as airline,
  count(*) as flights,
  count(*) filter (where cancelled) as cancelled,
  count(*) filter (where late) as late,
  round(100.0 * count(*) filter (where late) / nullif(count(dep_delay), 0), 1) as late_percent,
  round(avg(dep_delay), 1) as mean_delay,
  percentile_disc(0.9) within group (order by dep_delay) as p90_delay,
  -- Seats are known where the plane is: for five flights in six.
  sum(seats) filter (where late) as late_seats,
  count(*) filter (where rough) as in_rough_weather,
  count(*) filter (where late and rough) as late_in_rough_weather
from flight
left join raw.airlines airline on airline.carrier = flight.carrier
left join raw.airports airport on airport.faa = flight.origin
group by flight.day, flight.origin, airport.name, flight.carrier, airline.name
