"""The candidates of a snapshot by Polars: the queries as they are, through its SQL.

    python frames.py SNAPSHOT INPUTS

INPUTS: a folder with the relations besides the snapshot as Parquet files. Further than the candidates it cannot go: its
SQL makes no structs and no sorted lists, has no last value by an order, and no functions of one's own. Writes CSV.
"""

import re
import sys

import polars

from duck import file_of, graph, source

WANTED = "candidates"


def main():
    folder, inputs = sys.argv[1:]
    context = polars.SQLContext()
    for name in graph(WANTED):
        if file_of(name):
            # The engine's own function: any value does that is the same where the keys are.
            sql = file_of(name).read_text().replace("key_hash(", "concat_ws('/', ")
            # Another one of its own.
            sql = re.sub(r"hit_rate\(([^,()]+), ([^,()]+)\)", r"round(100.0 * \1 / nullif(\2, 0), 1)", sql)
            # A type by the name that SQL has for it.
            sql = re.sub(r"arrow_cast\(('[^']*'), 'Timestamp\(µs\)'\)", r"CAST(\1 AS TIMESTAMP(6))", sql)
            frame = context.execute(sql).collect().lazy()
        else:
            frame = polars.scan_parquet(source(folder, name) or f"{inputs}/{name}.parquet")
            if name == "reach":
                # A date less a number of days is none to Polars.
                frame = frame.select(line_days=polars.duration(days="line_days"))
        context.register(name, frame)
    context.execute(f"SELECT * FROM {WANTED} ORDER BY candidate").collect().write_csv(sys.stdout.buffer)


if __name__ == "__main__":
    main()
