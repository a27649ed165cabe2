"""ament_python package: nodes, command line, launch files, settings and models."""

from pathlib import Path

from setuptools import find_packages, setup

NAME = "crack_scanner"
NODES = ("camera", "tiling", "inference", "logger", "simulator", "scanner", "replay", "recorder", "views")
SHARED_FOLDERS = ("launch", "config", "models")


def shared_files() -> list[tuple[str, list[str]]]:
    """Where each data file goes below the install prefix."""
    here = Path(__file__).resolve().parent
    found = [
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
    ]
    for folder in SHARED_FOLDERS:
        files = sorted(str(file.relative_to(here)) for file in (here / folder).glob("*") if file.is_file())
        found.append((f"share/{NAME}/{folder}", files))
    return found


setup(
    name=NAME,
    version="0.1.0",
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    package_data={
        NAME: ["report/templates/*", "review/templates/*", "storage/migrations/versions/*.py", "training/*.c"]
    },
    data_files=shared_files(),
    python_requires=">=3.10,<3.14",
    zip_safe=False,
    maintainer="crack_scanner maintainers",
    maintainer_email="maintainers@example.org",
    description="Finds cracks in concrete surfaces from a robot's camera and maps them.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            f"{NAME} = {NAME}.cli.main:main",
            *(f"{node}_node = {NAME}.nodes.start:{node}" for node in NODES),
            f"views = {NAME}.nodes.start:views",
        ]
    },
)
