# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keywords of the attributes that queries and worklists commonly return."""

from __future__ import annotations

# DICOM PS3.6, section 6.
KEYWORDS = {
    "00080005": "SpecificCharacterSet",
    "00080016": "SOPClassUID",
    "00080018": "SOPInstanceUID",
    "00080020": "StudyDate",
    "00080021": "SeriesDate",
    "00080030": "StudyTime",
    "00080050": "AccessionNumber",
    "00080052": "QueryRetrieveLevel",
    "00080054": "RetrieveAETitle",
    "00080056": "InstanceAvailability",
    "00080060": "Modality",
    "00080061": "ModalitiesInStudy",
    "00080090": "ReferringPhysicianName",
    "00081030": "StudyDescription",
    "0008103E": "SeriesDescription",
    "00100010": "PatientName",
    "00100020": "PatientID",
    "00100030": "PatientBirthDate",
    "00100040": "PatientSex",
    "0020000D": "StudyInstanceUID",
    "0020000E": "SeriesInstanceUID",
    "00200010": "StudyID",
    "00200011": "SeriesNumber",
    "00200013": "InstanceNumber",
    "00201206": "NumberOfStudyRelatedSeries",
    "00201208": "NumberOfStudyRelatedInstances",
    # Of worklists (PS3.4, table K.6-1).
    "00080100": "CodeValue",
    "00080102": "CodingSchemeDesignator",
    "00080104": "CodeMeaning",
    "00081110": "ReferencedStudySequence",
    "00100021": "IssuerOfPatientID",
    "00321032": "RequestingPhysician",
    "00321060": "RequestedProcedureDescription",
    "00321064": "RequestedProcedureCodeSequence",
    "00380010": "AdmissionID",
    "00380300": "CurrentPatientLocation",
    "00400001": "ScheduledStationAETitle",
    "00400002": "ScheduledProcedureStepStartDate",
    "00400003": "ScheduledProcedureStepStartTime",
    "00400007": "ScheduledProcedureStepDescription",
    "00400008": "ScheduledProtocolCodeSequence",
    "00400009": "ScheduledProcedureStepID",
    "00400100": "ScheduledProcedureStepSequence",
    "00400275": "RequestAttributesSequence",
    "00401001": "RequestedProcedureID",
    "00401002": "ReasonForTheRequestedProcedure",
    "00402016": "PlacerOrderNumberImagingServiceRequest",
    "00402017": "FillerOrderNumberImagingServiceRequest",
}

# What a device needs of a worklist entry to name its images (PS3.4, table K.6-1), asked for in every query.
WORKLIST = {
    "AccessionNumber": "",
    "PatientName": "",
    "PatientID": "",
    "PatientBirthDate": "",
    "PatientSex": "",
    "ReferringPhysicianName": "",
    "RequestedProcedureDescription": "",
    "RequestedProcedureID": "",
    "StudyInstanceUID": "",
    "ScheduledProcedureStepSequence": {
        "Modality": "",
        "ScheduledProcedureStepDescription": "",
        "ScheduledProcedureStepID": "",
        "ScheduledProcedureStepStartDate": "",
        "ScheduledProcedureStepStartTime": "",
        "ScheduledStationAETitle": "",
    },
}
