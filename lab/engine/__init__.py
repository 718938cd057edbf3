"""The hospital's interface engine: HL7 v2.5.1 over MLLP between HIS, LIS, analyser and the PACS's worklist."""
