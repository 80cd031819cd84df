"""OneLake by the verbs of Azure Data Lake Storage."""

from __future__ import annotations

from qbo_pipeline_tests.local.power_bi.fabric.mirror import Mirror


def test_a_file_is_seen_when_it_is_flushed(mirror: Mirror) -> None:
    path = mirror.path("T/_part")
    assert mirror.lake.put(path, params={"resource": "file"}).status_code == 201
    assert mirror.lake.patch(path, params={"action": "append", "position": 0}, content=b"abc").status_code == 202
    assert mirror.lake.patch(path, params={"action": "append", "position": 3}, content=b"de").status_code == 202
    before = mirror.lake.head(path)
    assert mirror.lake.patch(path, params={"action": "flush", "position": 5}).status_code == 200
    after = mirror.lake.head(path)

    assert (before.headers["Content-Length"], after.headers["Content-Length"]) == ("0", "5")
    assert (after.headers["x-ms-resource-type"], before.headers["ETag"] != after.headers["ETag"]) == ("file", True)
    assert mirror.lake.get(path).content == b"abcde"


def test_pieces_have_to_fit_together(mirror: Mirror) -> None:
    path = mirror.path("T/_part")
    mirror.lake.put(path, params={"resource": "file"})
    mirror.lake.patch(path, params={"action": "append", "position": 0}, content=b"abc")
    wrong = mirror.lake.patch(path, params={"action": "flush", "position": 2})

    assert (wrong.status_code, wrong.headers["x-ms-error-code"]) == (400, "InvalidFlushPosition")
    assert mirror.lake.patch(path, params={"action": "append", "position": 9}, content=b"d").status_code == 400


def test_a_file_is_renamed_in_place_of_another_unless_it_must_be_new(mirror: Mirror) -> None:
    mirror.upload("T/a.txt", b"one")
    mirror.upload("T/b.txt", b"two")
    source = {"x-ms-rename-source": f"/{mirror.power_bi.workspace}/{mirror.path('T/a.txt')}"}

    kept = mirror.lake.put(mirror.path("T/b.txt"), headers={**source, "If-None-Match": "*"})
    assert (kept.status_code, mirror.lake.get(mirror.path("T/b.txt")).content) == (409, b"two")
    assert mirror.lake.put(mirror.path("T/b.txt"), headers=source).status_code == 201
    assert mirror.lake.get(mirror.path("T/b.txt")).content == b"one"
    gone = mirror.lake.head(mirror.path("T/a.txt"))
    assert gone.status_code == 404
    assert mirror.lake.put(mirror.path("T/c.txt"), headers=source).json()["error"]["code"] == "SourcePathNotFound"


def test_a_folder_is_listed_page_by_page(mirror: Mirror) -> None:
    for name in ("T/1.txt", "T/2.txt", "T/in/3.txt"):
        mirror.upload(name, b"x")
    asked = {"resource": "filesystem", "directory": mirror.path("T"), "recursive": "true", "maxResults": "3"}
    first = mirror.lake.get("", params=asked)
    rest = mirror.lake.get("", params={**asked, "continuation": first.headers["x-ms-continuation"]})
    flat = mirror.lake.get("", params={**asked, "recursive": "false"}).json()["paths"]

    def names(paths: list[dict[str, str]]) -> list[str]:
        return [one["name"].rpartition("/")[2] for one in paths]

    assert names(first.json()["paths"] + rest.json()["paths"]) == ["1.txt", "2.txt", "in", "3.txt"]
    assert "x-ms-continuation" not in rest.headers
    assert (names(flat), flat[2]["isDirectory"], flat[0]["contentLength"]) == (["1.txt", "2.txt", "in"], "true", "1")


def test_a_folder_is_deleted_with_all_in_it_when_asked_to(mirror: Mirror) -> None:
    mirror.upload("T/1.txt", b"x")

    assert mirror.lake.delete(mirror.path("T")).status_code == 409
    assert mirror.lake.delete(mirror.path("T"), params={"recursive": "true"}).status_code == 200
    assert mirror.lake.head(mirror.path("T/1.txt")).status_code == 404
    assert mirror.lake.delete(mirror.path("T")).headers["x-ms-error-code"] == "PathNotFound"


def test_paths_may_name_the_database(mirror: Mirror) -> None:
    mirror.upload("T/1.txt", b"x")

    assert mirror.lake.get("QBO.MirroredDatabase/Files/LandingZone/T/1.txt").content == b"x"
    assert mirror.lake.get("Nothing.MirroredDatabase/Files/LandingZone/T/1.txt").status_code == 404
