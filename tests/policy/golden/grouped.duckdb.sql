-- master
WITH user_1 AS (
  SELECT c."master", c."meter", c."used", c."band", p."total" FROM in_user c JOIN in_master p ON p."master" = c."master"
),
user_3 AS (
  SELECT *, CAST(CAST("total" AS DECIMAL(38,2)) * CAST('100' AS DECIMAL(3,0)) AS HUGEINT) AS "_h2" FROM user_1
),
user_5 AS (
  SELECT *, CAST(CAST("used" AS DECIMAL(38,2)) * CAST('100' AS DECIMAL(3,0)) AS HUGEINT) AS "_h4" FROM user_3
),
user_7 AS (
  SELECT *, CAST(SUM("_h4") OVER (PARTITION BY "master") AS HUGEINT) AS "_h6" FROM user_5
),
user_9 AS (
  SELECT *, MIN("_h4") OVER (PARTITION BY "master") AS "_h8" FROM user_7
),
user_11 AS (
  SELECT *, CASE WHEN "_h2" >= 0 AND "_h8" >= 0 AND "_h6" > 0 THEN CAST((CAST("_h2" * "_h4" AS HUGEINT) // "_h6") AS HUGEINT) WHEN "_h2" >= 0 AND "_h8" >= 0 AND "_h2" = 0 THEN CAST(0 AS HUGEINT) END AS "_h10" FROM user_9
),
user_13 AS (
  SELECT *, CAST(CAST("_h2" * "_h4" AS HUGEINT) - CAST("_h10" * "_h6" AS HUGEINT) AS HUGEINT) AS "_h12" FROM user_11
),
user_15 AS (
  SELECT *, "_h2" - SUM("_h10") OVER (PARTITION BY "master") AS "_h14" FROM user_13
),
user_17 AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY "master" ORDER BY "_h12" DESC, CAST("meter" AS VARCHAR)) AS "_h16" FROM user_15
),
user_18 AS (
  SELECT *, CAST(CAST(CAST(("_h10" + CASE WHEN "_h16" <= "_h14" THEN 1 ELSE 0 END) AS DECIMAL(7,0)) * CAST('0.01' AS DECIMAL(2,2)) AS DECIMAL(7,2)) AS DECIMAL(7,2)) AS "part" FROM user_17
),
user_19 AS (
  SELECT *, CASE WHEN "part" IS NULL THEN 0 END AS "_bad0" FROM user_18
),
user_20 AS (
  SELECT *, CAST(CAST(COALESCE(SUM("used") OVER (PARTITION BY "master", "band" ORDER BY CAST("meter" AS VARCHAR) ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), CAST('0' AS DECIMAL(1,0))) AS DECIMAL(12,2)) AS DECIMAL(12,2)) AS "cumulative" FROM user_19
),
master_21 AS (
  SELECT "master", SUM("part") AS "_s_part", SUM("used") AS "_s_used", MIN("_bad0") AS "_bad_user" FROM user_20 GROUP BY "master"
),
master_22 AS (
  SELECT c.*, COALESCE(s."_s_part", CAST('0' AS DECIMAL(1,0))) AS "_s_part", COALESCE(s."_s_used", CAST('0' AS DECIMAL(1,0))) AS "_s_used", s."_bad_user" FROM in_master c LEFT JOIN master_21 s ON s."master" = c."master"
),
master_23 AS (
  SELECT *, CAST("_s_part" AS DECIMAL(13,2)) AS "check", CAST("_s_used" AS DECIMAL(12,2)) AS "uses" FROM master_22
)
SELECT "master", "total", "check", "uses" FROM master_23 WHERE "_bad_user" IS NULL;

-- user
WITH user_1 AS (
  SELECT c."master", c."meter", c."used", c."band", p."total" FROM in_user c JOIN in_master p ON p."master" = c."master"
),
user_3 AS (
  SELECT *, CAST(CAST("total" AS DECIMAL(38,2)) * CAST('100' AS DECIMAL(3,0)) AS HUGEINT) AS "_h2" FROM user_1
),
user_5 AS (
  SELECT *, CAST(CAST("used" AS DECIMAL(38,2)) * CAST('100' AS DECIMAL(3,0)) AS HUGEINT) AS "_h4" FROM user_3
),
user_7 AS (
  SELECT *, CAST(SUM("_h4") OVER (PARTITION BY "master") AS HUGEINT) AS "_h6" FROM user_5
),
user_9 AS (
  SELECT *, MIN("_h4") OVER (PARTITION BY "master") AS "_h8" FROM user_7
),
user_11 AS (
  SELECT *, CASE WHEN "_h2" >= 0 AND "_h8" >= 0 AND "_h6" > 0 THEN CAST((CAST("_h2" * "_h4" AS HUGEINT) // "_h6") AS HUGEINT) WHEN "_h2" >= 0 AND "_h8" >= 0 AND "_h2" = 0 THEN CAST(0 AS HUGEINT) END AS "_h10" FROM user_9
),
user_13 AS (
  SELECT *, CAST(CAST("_h2" * "_h4" AS HUGEINT) - CAST("_h10" * "_h6" AS HUGEINT) AS HUGEINT) AS "_h12" FROM user_11
),
user_15 AS (
  SELECT *, "_h2" - SUM("_h10") OVER (PARTITION BY "master") AS "_h14" FROM user_13
),
user_17 AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY "master" ORDER BY "_h12" DESC, CAST("meter" AS VARCHAR)) AS "_h16" FROM user_15
),
user_18 AS (
  SELECT *, CAST(CAST(CAST(("_h10" + CASE WHEN "_h16" <= "_h14" THEN 1 ELSE 0 END) AS DECIMAL(7,0)) * CAST('0.01' AS DECIMAL(2,2)) AS DECIMAL(7,2)) AS DECIMAL(7,2)) AS "part" FROM user_17
),
user_19 AS (
  SELECT *, CASE WHEN "part" IS NULL THEN 0 END AS "_bad0" FROM user_18
),
user_20 AS (
  SELECT *, CAST(CAST(COALESCE(SUM("used") OVER (PARTITION BY "master", "band" ORDER BY CAST("meter" AS VARCHAR) ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), CAST('0' AS DECIMAL(1,0))) AS DECIMAL(12,2)) AS DECIMAL(12,2)) AS "cumulative" FROM user_19
),
master_21 AS (
  SELECT "master", SUM("part") AS "_s_part", SUM("used") AS "_s_used", MIN("_bad0") AS "_bad_user" FROM user_20 GROUP BY "master"
),
master_22 AS (
  SELECT c.*, COALESCE(s."_s_part", CAST('0' AS DECIMAL(1,0))) AS "_s_part", COALESCE(s."_s_used", CAST('0' AS DECIMAL(1,0))) AS "_s_used", s."_bad_user" FROM in_master c LEFT JOIN master_21 s ON s."master" = c."master"
),
master_23 AS (
  SELECT *, CAST("_s_part" AS DECIMAL(13,2)) AS "check", CAST("_s_used" AS DECIMAL(12,2)) AS "uses" FROM master_22
)
SELECT "master", "meter", "used", "band", "part", "cumulative" FROM user_20 o WHERE NOT EXISTS (SELECT 1 FROM (SELECT "master" FROM master_23 WHERE "_bad_user" IS NOT NULL) r WHERE r."master" = o."master");

-- refused
WITH user_1 AS (
  SELECT c."master", c."meter", c."used", c."band", p."total" FROM in_user c JOIN in_master p ON p."master" = c."master"
),
user_3 AS (
  SELECT *, CAST(CAST("total" AS DECIMAL(38,2)) * CAST('100' AS DECIMAL(3,0)) AS HUGEINT) AS "_h2" FROM user_1
),
user_5 AS (
  SELECT *, CAST(CAST("used" AS DECIMAL(38,2)) * CAST('100' AS DECIMAL(3,0)) AS HUGEINT) AS "_h4" FROM user_3
),
user_7 AS (
  SELECT *, CAST(SUM("_h4") OVER (PARTITION BY "master") AS HUGEINT) AS "_h6" FROM user_5
),
user_9 AS (
  SELECT *, MIN("_h4") OVER (PARTITION BY "master") AS "_h8" FROM user_7
),
user_11 AS (
  SELECT *, CASE WHEN "_h2" >= 0 AND "_h8" >= 0 AND "_h6" > 0 THEN CAST((CAST("_h2" * "_h4" AS HUGEINT) // "_h6") AS HUGEINT) WHEN "_h2" >= 0 AND "_h8" >= 0 AND "_h2" = 0 THEN CAST(0 AS HUGEINT) END AS "_h10" FROM user_9
),
user_13 AS (
  SELECT *, CAST(CAST("_h2" * "_h4" AS HUGEINT) - CAST("_h10" * "_h6" AS HUGEINT) AS HUGEINT) AS "_h12" FROM user_11
),
user_15 AS (
  SELECT *, "_h2" - SUM("_h10") OVER (PARTITION BY "master") AS "_h14" FROM user_13
),
user_17 AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY "master" ORDER BY "_h12" DESC, CAST("meter" AS VARCHAR)) AS "_h16" FROM user_15
),
user_18 AS (
  SELECT *, CAST(CAST(CAST(("_h10" + CASE WHEN "_h16" <= "_h14" THEN 1 ELSE 0 END) AS DECIMAL(7,0)) * CAST('0.01' AS DECIMAL(2,2)) AS DECIMAL(7,2)) AS DECIMAL(7,2)) AS "part" FROM user_17
),
user_19 AS (
  SELECT *, CASE WHEN "part" IS NULL THEN 0 END AS "_bad0" FROM user_18
),
user_20 AS (
  SELECT *, CAST(CAST(COALESCE(SUM("used") OVER (PARTITION BY "master", "band" ORDER BY CAST("meter" AS VARCHAR) ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), CAST('0' AS DECIMAL(1,0))) AS DECIMAL(12,2)) AS DECIMAL(12,2)) AS "cumulative" FROM user_19
),
master_21 AS (
  SELECT "master", SUM("part") AS "_s_part", SUM("used") AS "_s_used", MIN("_bad0") AS "_bad_user" FROM user_20 GROUP BY "master"
),
master_22 AS (
  SELECT c.*, COALESCE(s."_s_part", CAST('0' AS DECIMAL(1,0))) AS "_s_part", COALESCE(s."_s_used", CAST('0' AS DECIMAL(1,0))) AS "_s_used", s."_bad_user" FROM in_master c LEFT JOIN master_21 s ON s."master" = c."master"
),
master_23 AS (
  SELECT *, CAST("_s_part" AS DECIMAL(13,2)) AS "check", CAST("_s_used" AS DECIMAL(12,2)) AS "uses" FROM master_22
)
SELECT "master", _check, _row FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY "master" ORDER BY _check, _row) AS _n FROM (SELECT "master", "_bad0" AS _check, CAST("meter" AS VARCHAR) AS _row FROM user_20 WHERE "_bad0" IS NOT NULL) u) v WHERE _n = 1;
