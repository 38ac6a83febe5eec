"""bike_rentals.csv: bicycles rented in Washington, D.C., in 8,645 hours of 2011.

Source package: `pip install --no-deps islp==0.6.0`, ISLP/data/Bikeshare.csv (without its dependencies).
Changes: the rows and their order are the source's; columns carry readable names, codes became words
(season) or numbers (month), and scaled measurements are scaled back to their units. The scaling is
the one that the data's authors state: temperature (t + 8) / 47 and feeling temperature (t + 16) / 66
in degrees Celsius, humidity / 100 in per cent, wind speed / 67. The authors name no unit for the wind;
scaled back, each value is a whole number of km/h within 0.01, so km/h it is.
"""

import csv
import io
from pathlib import Path

from sources import package_file

FILES = ["bike_rentals.csv"]
SEASONS = {"1": "winter", "2": "spring", "3": "summer", "4": "autumn"}
MONTHS = ["Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"]


def readable(row: dict[str, str]) -> dict[str, object]:
    return {
        "season": SEASONS[row["season"]],
        "month": MONTHS.index(row["mnth"]) + 1,
        "day_of_year": int(row["day"]),
        "hour": int(row["hr"]),
        "holiday": int(row["holiday"]),
        "weekday": int(row["weekday"]),
        "working_day": int(row["workingday"]),
        "weather": row["weathersit"],
        "temperature": round(float(row["temp"]) * 47 - 8, 1),
        "feels_like": round(float(row["atemp"]) * 66 - 16),
        "humidity": round(float(row["hum"]) * 100),
        "wind_speed": round(float(row["windspeed"]) * 67),
        "casual": int(row["casual"]),
        "registered": int(row["registered"]),
        "bikers": int(row["bikers"]),
    }


def build(folder: Path) -> None:
    source = package_file("islp", "0.6.0", "ISLP/data/Bikeshare.csv")
    rows = [readable(row) for row in csv.DictReader(io.StringIO(source.read_text("utf-8")))]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (folder / FILES[0]).write_bytes(stream.getvalue().encode("utf-8"))
