from lab.machines import machine, machines, of_image


def test_every_host_of_the_lab_has_an_image_and_two_addresses() -> None:
    found = machines()
    assert [each.name for each in found] == [
        *(
            "ana-01",
            "ct-01",
            "ecg-01",
            "engine-01",
            "fw-01",
            "gst-01",
            "his-01",
            "lis-01",
            "mon-01",
            "pacs-01",
            "prn-01",
        ),
        *("share-01", "tele-01", "xr-01"),
        *("lab-ws-01", "med-ws-01", "or-ws-01"),
        *("rad-ws-01", "rad-ws-02", "rad-ws-03", "rad-ws-04", "reg-ws-01", "reg-ws-02", "sur-ws-01"),
    ]
    assert all(
        each.management.startswith("10.87.10.") and each.clinical.startswith(("10.87.1", "10.87.2")) for each in found
    )
    assert len({each.management for each in found}) == len(found)


def test_a_machine_by_name() -> None:
    pacs = machine("pacs-01")
    assert (pacs.container, pacs.image, pacs.ae_title) == ("wr-pacs-01", "pacs", "WR_PACS")
    assert of_image("pacs") == [pacs]
