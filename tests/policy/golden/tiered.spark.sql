-- bill
WITH segment_1 AS (
  SELECT c.`bill`, c.`start`, c.`used`, p.`kind` FROM in_segment c JOIN in_bill p ON p.`bill` = c.`bill`
),
segment_2 AS (
  SELECT c.*, t.`price` AS `price` FROM segment_1 c LEFT JOIN `t_price` t ON t._v = CASE WHEN c.`start` >= DATE '2020-01-01' AND c.`start` < DATE '2026-06-01' THEN 0 WHEN c.`start` >= DATE '2026-06-01' THEN 1 END AND t.`kind` = c.`kind`
),
segment_3 AS (
  SELECT *, CASE WHEN `price` IS NULL THEN 0 END AS `_bad0`, CAST(CAST(ROUND(CAST((`used` * `price`) AS DECIMAL(11,6)), 2) AS DECIMAL(7,2)) AS DECIMAL(7,2)) AS `base` FROM segment_2
),
step_4 AS (
  SELECT p.`bill`, p.`start`, p.`used`, t.`low`, t.`high`, t.`adder` FROM segment_3 p JOIN `t_tiers` t ON t._v = CASE WHEN p.`start` >= DATE '2020-01-01' AND p.`start` < DATE '2026-01-01' THEN 0 WHEN p.`start` >= DATE '2026-01-01' THEN 1 END
),
step_5 AS (
  SELECT *, CAST(CAST((CAST(LEAST(GREATEST(CAST(`used` AS DECIMAL(6,2)), CAST(`low` AS DECIMAL(6,2))), CAST(`high` AS DECIMAL(6,2))) AS DECIMAL(6,2)) - `low`) AS DECIMAL(6,2)) AS DECIMAL(6,2)) AS `part` FROM step_4
),
step_6 AS (
  SELECT *, CAST(CAST(ROUND(CAST((CAST(GREATEST(CAST(`part` AS DECIMAL(6,2)), CAST(CAST('0' AS DECIMAL(1,0)) AS DECIMAL(6,2))) AS DECIMAL(6,2)) * `adder`) AS DECIMAL(8,4)), 2) AS DECIMAL(6,2)) AS DECIMAL(6,2)) AS `extra` FROM step_5
),
segment_7 AS (
  SELECT `bill`, `start`, SUM(`extra`) AS `_s_extra` FROM step_6 GROUP BY `bill`, `start`
),
segment_8 AS (
  SELECT c.*, COALESCE(s.`_s_extra`, CAST('0' AS DECIMAL(1,0))) AS `_s_extra` FROM segment_3 c LEFT JOIN segment_7 s ON s.`bill` = c.`bill` AND s.`start` = c.`start`
),
segment_9 AS (
  SELECT *, CAST(CAST((`base` + `_s_extra`) AS DECIMAL(12,2)) AS DECIMAL(12,2)) AS `amount` FROM segment_8
),
bill_10 AS (
  SELECT `bill`, SUM(`amount`) AS `_s_amount`, MIN(`_bad0`) AS `_bad_segment` FROM segment_9 GROUP BY `bill`
),
bill_11 AS (
  SELECT c.*, COALESCE(s.`_s_amount`, CAST('0' AS DECIMAL(1,0))) AS `_s_amount`, s.`_bad_segment` FROM in_bill c LEFT JOIN bill_10 s ON s.`bill` = c.`bill`
),
bill_12 AS (
  SELECT *, CAST(`_s_amount` AS DECIMAL(18,2)) AS `total` FROM bill_11
),
bill_13 AS (
  SELECT `bill`, SUM(`extra`) AS `_s_extra` FROM step_6 GROUP BY `bill`
),
bill_14 AS (
  SELECT c.*, COALESCE(s.`_s_extra`, CAST('0' AS DECIMAL(1,0))) AS `_s_extra` FROM bill_12 c LEFT JOIN bill_13 s ON s.`bill` = c.`bill`
),
bill_15 AS (
  SELECT *, CAST(`_s_extra` AS DECIMAL(12,2)) AS `steps` FROM bill_14
)
SELECT `bill`, `kind`, `total`, `steps` FROM bill_15 WHERE `_bad_segment` IS NULL;

-- segment
WITH segment_1 AS (
  SELECT c.`bill`, c.`start`, c.`used`, p.`kind` FROM in_segment c JOIN in_bill p ON p.`bill` = c.`bill`
),
segment_2 AS (
  SELECT c.*, t.`price` AS `price` FROM segment_1 c LEFT JOIN `t_price` t ON t._v = CASE WHEN c.`start` >= DATE '2020-01-01' AND c.`start` < DATE '2026-06-01' THEN 0 WHEN c.`start` >= DATE '2026-06-01' THEN 1 END AND t.`kind` = c.`kind`
),
segment_3 AS (
  SELECT *, CASE WHEN `price` IS NULL THEN 0 END AS `_bad0`, CAST(CAST(ROUND(CAST((`used` * `price`) AS DECIMAL(11,6)), 2) AS DECIMAL(7,2)) AS DECIMAL(7,2)) AS `base` FROM segment_2
),
step_4 AS (
  SELECT p.`bill`, p.`start`, p.`used`, t.`low`, t.`high`, t.`adder` FROM segment_3 p JOIN `t_tiers` t ON t._v = CASE WHEN p.`start` >= DATE '2020-01-01' AND p.`start` < DATE '2026-01-01' THEN 0 WHEN p.`start` >= DATE '2026-01-01' THEN 1 END
),
step_5 AS (
  SELECT *, CAST(CAST((CAST(LEAST(GREATEST(CAST(`used` AS DECIMAL(6,2)), CAST(`low` AS DECIMAL(6,2))), CAST(`high` AS DECIMAL(6,2))) AS DECIMAL(6,2)) - `low`) AS DECIMAL(6,2)) AS DECIMAL(6,2)) AS `part` FROM step_4
),
step_6 AS (
  SELECT *, CAST(CAST(ROUND(CAST((CAST(GREATEST(CAST(`part` AS DECIMAL(6,2)), CAST(CAST('0' AS DECIMAL(1,0)) AS DECIMAL(6,2))) AS DECIMAL(6,2)) * `adder`) AS DECIMAL(8,4)), 2) AS DECIMAL(6,2)) AS DECIMAL(6,2)) AS `extra` FROM step_5
),
segment_7 AS (
  SELECT `bill`, `start`, SUM(`extra`) AS `_s_extra` FROM step_6 GROUP BY `bill`, `start`
),
segment_8 AS (
  SELECT c.*, COALESCE(s.`_s_extra`, CAST('0' AS DECIMAL(1,0))) AS `_s_extra` FROM segment_3 c LEFT JOIN segment_7 s ON s.`bill` = c.`bill` AND s.`start` = c.`start`
),
segment_9 AS (
  SELECT *, CAST(CAST((`base` + `_s_extra`) AS DECIMAL(12,2)) AS DECIMAL(12,2)) AS `amount` FROM segment_8
),
bill_10 AS (
  SELECT `bill`, SUM(`amount`) AS `_s_amount`, MIN(`_bad0`) AS `_bad_segment` FROM segment_9 GROUP BY `bill`
),
bill_11 AS (
  SELECT c.*, COALESCE(s.`_s_amount`, CAST('0' AS DECIMAL(1,0))) AS `_s_amount`, s.`_bad_segment` FROM in_bill c LEFT JOIN bill_10 s ON s.`bill` = c.`bill`
),
bill_12 AS (
  SELECT *, CAST(`_s_amount` AS DECIMAL(18,2)) AS `total` FROM bill_11
),
bill_13 AS (
  SELECT `bill`, SUM(`extra`) AS `_s_extra` FROM step_6 GROUP BY `bill`
),
bill_14 AS (
  SELECT c.*, COALESCE(s.`_s_extra`, CAST('0' AS DECIMAL(1,0))) AS `_s_extra` FROM bill_12 c LEFT JOIN bill_13 s ON s.`bill` = c.`bill`
),
bill_15 AS (
  SELECT *, CAST(`_s_extra` AS DECIMAL(12,2)) AS `steps` FROM bill_14
)
SELECT `bill`, `start`, `used`, `price`, `base`, `amount` FROM segment_9 o WHERE NOT EXISTS (SELECT 1 FROM (SELECT `bill` FROM bill_15 WHERE `_bad_segment` IS NOT NULL) r WHERE r.`bill` = o.`bill`);

-- step
WITH segment_1 AS (
  SELECT c.`bill`, c.`start`, c.`used`, p.`kind` FROM in_segment c JOIN in_bill p ON p.`bill` = c.`bill`
),
segment_2 AS (
  SELECT c.*, t.`price` AS `price` FROM segment_1 c LEFT JOIN `t_price` t ON t._v = CASE WHEN c.`start` >= DATE '2020-01-01' AND c.`start` < DATE '2026-06-01' THEN 0 WHEN c.`start` >= DATE '2026-06-01' THEN 1 END AND t.`kind` = c.`kind`
),
segment_3 AS (
  SELECT *, CASE WHEN `price` IS NULL THEN 0 END AS `_bad0`, CAST(CAST(ROUND(CAST((`used` * `price`) AS DECIMAL(11,6)), 2) AS DECIMAL(7,2)) AS DECIMAL(7,2)) AS `base` FROM segment_2
),
step_4 AS (
  SELECT p.`bill`, p.`start`, p.`used`, t.`low`, t.`high`, t.`adder` FROM segment_3 p JOIN `t_tiers` t ON t._v = CASE WHEN p.`start` >= DATE '2020-01-01' AND p.`start` < DATE '2026-01-01' THEN 0 WHEN p.`start` >= DATE '2026-01-01' THEN 1 END
),
step_5 AS (
  SELECT *, CAST(CAST((CAST(LEAST(GREATEST(CAST(`used` AS DECIMAL(6,2)), CAST(`low` AS DECIMAL(6,2))), CAST(`high` AS DECIMAL(6,2))) AS DECIMAL(6,2)) - `low`) AS DECIMAL(6,2)) AS DECIMAL(6,2)) AS `part` FROM step_4
),
step_6 AS (
  SELECT *, CAST(CAST(ROUND(CAST((CAST(GREATEST(CAST(`part` AS DECIMAL(6,2)), CAST(CAST('0' AS DECIMAL(1,0)) AS DECIMAL(6,2))) AS DECIMAL(6,2)) * `adder`) AS DECIMAL(8,4)), 2) AS DECIMAL(6,2)) AS DECIMAL(6,2)) AS `extra` FROM step_5
),
segment_7 AS (
  SELECT `bill`, `start`, SUM(`extra`) AS `_s_extra` FROM step_6 GROUP BY `bill`, `start`
),
segment_8 AS (
  SELECT c.*, COALESCE(s.`_s_extra`, CAST('0' AS DECIMAL(1,0))) AS `_s_extra` FROM segment_3 c LEFT JOIN segment_7 s ON s.`bill` = c.`bill` AND s.`start` = c.`start`
),
segment_9 AS (
  SELECT *, CAST(CAST((`base` + `_s_extra`) AS DECIMAL(12,2)) AS DECIMAL(12,2)) AS `amount` FROM segment_8
),
bill_10 AS (
  SELECT `bill`, SUM(`amount`) AS `_s_amount`, MIN(`_bad0`) AS `_bad_segment` FROM segment_9 GROUP BY `bill`
),
bill_11 AS (
  SELECT c.*, COALESCE(s.`_s_amount`, CAST('0' AS DECIMAL(1,0))) AS `_s_amount`, s.`_bad_segment` FROM in_bill c LEFT JOIN bill_10 s ON s.`bill` = c.`bill`
),
bill_12 AS (
  SELECT *, CAST(`_s_amount` AS DECIMAL(18,2)) AS `total` FROM bill_11
),
bill_13 AS (
  SELECT `bill`, SUM(`extra`) AS `_s_extra` FROM step_6 GROUP BY `bill`
),
bill_14 AS (
  SELECT c.*, COALESCE(s.`_s_extra`, CAST('0' AS DECIMAL(1,0))) AS `_s_extra` FROM bill_12 c LEFT JOIN bill_13 s ON s.`bill` = c.`bill`
),
bill_15 AS (
  SELECT *, CAST(`_s_extra` AS DECIMAL(12,2)) AS `steps` FROM bill_14
)
SELECT `bill`, `start`, `low`, `high`, `adder`, `part`, `extra` FROM step_6 o WHERE NOT EXISTS (SELECT 1 FROM (SELECT `bill` FROM bill_15 WHERE `_bad_segment` IS NOT NULL) r WHERE r.`bill` = o.`bill`);

-- refused
WITH segment_1 AS (
  SELECT c.`bill`, c.`start`, c.`used`, p.`kind` FROM in_segment c JOIN in_bill p ON p.`bill` = c.`bill`
),
segment_2 AS (
  SELECT c.*, t.`price` AS `price` FROM segment_1 c LEFT JOIN `t_price` t ON t._v = CASE WHEN c.`start` >= DATE '2020-01-01' AND c.`start` < DATE '2026-06-01' THEN 0 WHEN c.`start` >= DATE '2026-06-01' THEN 1 END AND t.`kind` = c.`kind`
),
segment_3 AS (
  SELECT *, CASE WHEN `price` IS NULL THEN 0 END AS `_bad0`, CAST(CAST(ROUND(CAST((`used` * `price`) AS DECIMAL(11,6)), 2) AS DECIMAL(7,2)) AS DECIMAL(7,2)) AS `base` FROM segment_2
),
step_4 AS (
  SELECT p.`bill`, p.`start`, p.`used`, t.`low`, t.`high`, t.`adder` FROM segment_3 p JOIN `t_tiers` t ON t._v = CASE WHEN p.`start` >= DATE '2020-01-01' AND p.`start` < DATE '2026-01-01' THEN 0 WHEN p.`start` >= DATE '2026-01-01' THEN 1 END
),
step_5 AS (
  SELECT *, CAST(CAST((CAST(LEAST(GREATEST(CAST(`used` AS DECIMAL(6,2)), CAST(`low` AS DECIMAL(6,2))), CAST(`high` AS DECIMAL(6,2))) AS DECIMAL(6,2)) - `low`) AS DECIMAL(6,2)) AS DECIMAL(6,2)) AS `part` FROM step_4
),
step_6 AS (
  SELECT *, CAST(CAST(ROUND(CAST((CAST(GREATEST(CAST(`part` AS DECIMAL(6,2)), CAST(CAST('0' AS DECIMAL(1,0)) AS DECIMAL(6,2))) AS DECIMAL(6,2)) * `adder`) AS DECIMAL(8,4)), 2) AS DECIMAL(6,2)) AS DECIMAL(6,2)) AS `extra` FROM step_5
),
segment_7 AS (
  SELECT `bill`, `start`, SUM(`extra`) AS `_s_extra` FROM step_6 GROUP BY `bill`, `start`
),
segment_8 AS (
  SELECT c.*, COALESCE(s.`_s_extra`, CAST('0' AS DECIMAL(1,0))) AS `_s_extra` FROM segment_3 c LEFT JOIN segment_7 s ON s.`bill` = c.`bill` AND s.`start` = c.`start`
),
segment_9 AS (
  SELECT *, CAST(CAST((`base` + `_s_extra`) AS DECIMAL(12,2)) AS DECIMAL(12,2)) AS `amount` FROM segment_8
),
bill_10 AS (
  SELECT `bill`, SUM(`amount`) AS `_s_amount`, MIN(`_bad0`) AS `_bad_segment` FROM segment_9 GROUP BY `bill`
),
bill_11 AS (
  SELECT c.*, COALESCE(s.`_s_amount`, CAST('0' AS DECIMAL(1,0))) AS `_s_amount`, s.`_bad_segment` FROM in_bill c LEFT JOIN bill_10 s ON s.`bill` = c.`bill`
),
bill_12 AS (
  SELECT *, CAST(`_s_amount` AS DECIMAL(18,2)) AS `total` FROM bill_11
),
bill_13 AS (
  SELECT `bill`, SUM(`extra`) AS `_s_extra` FROM step_6 GROUP BY `bill`
),
bill_14 AS (
  SELECT c.*, COALESCE(s.`_s_extra`, CAST('0' AS DECIMAL(1,0))) AS `_s_extra` FROM bill_12 c LEFT JOIN bill_13 s ON s.`bill` = c.`bill`
),
bill_15 AS (
  SELECT *, CAST(`_s_extra` AS DECIMAL(12,2)) AS `steps` FROM bill_14
)
SELECT `bill`, _check, _row FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY `bill` ORDER BY _check, _row) AS _n FROM (SELECT `bill`, `_bad0` AS _check, CAST(`start` AS STRING) AS _row FROM segment_9 WHERE `_bad0` IS NOT NULL) u) v WHERE _n = 1;
