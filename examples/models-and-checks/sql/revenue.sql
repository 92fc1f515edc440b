-- Paid revenue by day and country, from :since on.
select day, country, count(*) as orders, sum(amount) as revenue
from sales.orders
where status = 'paid' and day >= :since
group by day, country
