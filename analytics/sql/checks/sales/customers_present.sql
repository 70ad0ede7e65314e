-- severity: warning
-- Not more than half of the sale lines are by guests.
select count(*) as sale_lines, count(*) filter (where customer_id is null) as guest_lines
from sales
where line_type = 'sale'
having 2 * count(*) filter (where customer_id is null) > count(*)
