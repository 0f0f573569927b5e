"""Tables and queries for real_sqlglot_opt, in the manner of TPC-H."""

SCHEMA = {
    "orders": {
        "o_id": "int",
        "c_id": "int",
        "o_date": "date",
        "total": "double",
        "status": "varchar",
    },
    "customer": {
        "c_id": "int",
        "name": "varchar",
        "n_id": "int",
        "acct": "double",
        "segment": "varchar",
    },
    "nation": {"n_id": "int", "n_name": "varchar", "r_id": "int"},
    "region": {"r_id": "int", "r_name": "varchar"},
    "item": {
        "o_id": "int",
        "p_id": "int",
        "qty": "int",
        "price": "double",
        "disc": "double",
        "shipped": "date",
        "flag": "varchar",
    },
    "part": {"p_id": "int", "p_name": "varchar", "brand": "varchar", "size": "int"},
}
QUERIES = [
    "SELECT flag, SUM(qty) AS q, SUM(price * (1 - disc)) AS rev, AVG(disc) AS d, COUNT(*) AS n FROM item WHERE shipped <= CAST('1998-09-02' AS DATE) GROUP BY flag ORDER BY flag",
    "SELECT n_name, SUM(i.price * (1 - i.disc)) AS revenue FROM customer c, orders o, item i, nation n, region r WHERE c.c_id = o.c_id AND i.o_id = o.o_id AND c.n_id = n.n_id AND n.r_id = r.r_id AND r_name = 'ASIA' AND o_date >= CAST('1994-01-01' AS DATE) AND o_date < CAST('1995-01-01' AS DATE) GROUP BY n_name ORDER BY revenue DESC",
    "SELECT c.name, COUNT(o.o_id) AS k FROM customer c LEFT JOIN orders o ON c.c_id = o.c_id AND o.status NOT LIKE '%special%' GROUP BY c.name HAVING COUNT(o.o_id) > 2",
    "WITH rev AS (SELECT p_id, SUM(price) AS total FROM item WHERE shipped > CAST('1996-01-01' AS DATE) GROUP BY p_id) SELECT p.p_id, p.p_name, rev.total FROM part p JOIN rev ON p.p_id = rev.p_id WHERE rev.total = (SELECT MAX(total) FROM rev) ORDER BY p.p_id",
    "SELECT o.status, COUNT(*) AS n FROM orders o WHERE EXISTS (SELECT 1 FROM item i WHERE i.o_id = o.o_id AND i.qty > 30) GROUP BY o.status",
    "SELECT SUM(i.price) / 7.0 AS avg_y FROM item i, part p WHERE p.p_id = i.p_id AND p.brand = 'B23' AND i.qty < (SELECT 0.2 * AVG(j.qty) FROM item j WHERE j.p_id = p.p_id)",
    "SELECT x.segment, x.r, CASE WHEN x.r > 10 THEN 'hi' WHEN x.r > 5 THEN 'mid' ELSE 'lo' END AS lvl FROM (SELECT segment, acct, ROW_NUMBER() OVER (PARTITION BY segment ORDER BY acct DESC) AS r FROM customer) AS x WHERE x.r <= 20 AND (x.segment = 'A' OR x.segment = 'B') AND NOT (x.r = 3 OR x.r = 4)",
    "SELECT a.n_name AS s, b.n_name AS t FROM nation a CROSS JOIN nation b WHERE (a.n_name = 'FR' AND b.n_name = 'DE') OR (a.n_name = 'DE' AND b.n_name = 'FR') UNION ALL SELECT n_name, 'x' FROM nation WHERE n_id IN (1, 2, 3, 4)",
]
