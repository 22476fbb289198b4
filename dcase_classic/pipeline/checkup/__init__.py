"""The checks of the doctor, a module for each subject: recordings in, findings out."""
