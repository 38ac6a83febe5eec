"""The notebooks as a learner has them: in JupyterLab, in a browser, by keyboard."""
